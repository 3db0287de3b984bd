"""A frame as lines of text, for the technician who holds it."""

from protocols.dissection import Language, explain_dissection
from protocols.dlt645.inspect.dissect import dissect
from protocols.dlt645.items.profile import STANDARD, Profile


def explain_frame(raw: bytes, profile: Profile = STANDARD, language: Language = Language.BOTH) -> list[str]:
    """Tell in lines what the frame at the start of ``raw`` says, or what is wrong with it. Never raises."""
    return explain_dissection(dissect(raw, profile), language)
