"""Errors of the store.

::

    StoreError
    ├── SchemaError      the database and this program do not fit together
    ├── OutOfBoundsError a quantity that the database could not hold exactly
    └── Conflict         the same idempotency key came with another content
"""


class StoreError(Exception):
    """Something the store refuses; the message names the thing and the mend."""


class SchemaError(StoreError):
    """The database's schema is newer, older or other than what this program was written for."""


class OutOfBoundsError(StoreError):
    """A quantity has more digits than its column keeps, or lies outside of its bounds."""


class ConflictError(StoreError):
    """The same idempotency key came twice with different contents."""
