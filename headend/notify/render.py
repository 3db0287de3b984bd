"""From a template and values to the text that is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Self

from headend.archive import Masked, StaffMember
from headend.notify.errors import MissingValueError, TemplateError
from headend.notify.model import Company, Template

LONGEST = 70
"""Characters of one short message in UCS-2; a longer one is split and paid for twice."""

SOMEBODY = "工作人员"
"""Who comes, where the archive names nobody."""

FROM_OUTSIDE = frozenset({"company", "tel", "a4", "customer", "staff", "staff_tel"})
"""Placeholders filled when a message is sent, from the settings and the archive."""

STAFF = "staff"
"""The value that holds the user name of the employee whose name and phone the text shows."""


@dataclass(frozen=True, slots=True)
class Person:
    """Name and phone, only ever in memory on the way into a text."""

    name: Masked
    phone: Masked | None

    @classmethod
    def of(cls, member: StaffMember) -> Self:
        """Take what a text shows of an employee."""
        return cls(member.name, member.phone)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a text shows that is not among its message's values."""

    company: Company
    account_no: str
    customer: Masked
    staff: Person | None


def placeholders(text: str) -> frozenset[str]:
    """Give the names in braces. Raises :class:`TemplateError` for anything in braces but a plain name."""
    found = set()
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise TemplateError(f"“{text}”: {error}") from error
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise TemplateError(f"“{text}”: braces hold a plain name, as in {{bal}}, not {{{name}}}")
        found.add(name)
    return frozenset(found)


def needed(template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """Give the values that the text needs out of those offered.

    Raises :class:`MissingValueError` for one that is missing, or that names no phrase of its placeholder.
    """
    text = _with_phrases(template, values)
    names = placeholders(text) - FROM_OUTSIDE | {name for name in template.phrases if f"{{{name}}}" in template.text}
    if missing := names - values.keys():
        raise MissingValueError(f"{template.code} needs the values {', '.join(sorted(missing))}")
    if STAFF in values and {"staff", "staff_tel"} & placeholders(text):
        names |= {STAFF}
    return {name: values[name] for name in sorted(names)}


def render(template: Template, values: Mapping[str, str], around: Surroundings) -> str:
    """Give the text that is sent."""
    staff, company = around.staff, around.company
    filled = {
        **values,
        "company": company.name,
        "tel": company.phone,
        "a4": around.account_no[-4:],
        "customer": around.customer.reveal(),
        "staff": staff.name.reveal() if staff else SOMEBODY,
        "staff_tel": staff.phone.reveal() if staff and staff.phone else company.phone,
    }
    return _with_phrases(template, values).format_map(filled)


def _with_phrases(template: Template, values: Mapping[str, str]) -> str:
    """Put the phrases that the values name into the text; their own placeholders become the text's."""
    text = template.text
    for name, phrases in template.phrases.items():
        if f"{{{name}}}" not in text or name not in values:
            continue
        if values[name] not in phrases:
            known = ", ".join(sorted(phrases))
            raise MissingValueError(f"{template.code}: {name} is {values[name]}; the file has phrases {known}")
        text = text.replace(f"{{{name}}}", phrases[values[name]])
    return text
