"""How the tests of this room run: a property is not a matter of the machine's speed."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
