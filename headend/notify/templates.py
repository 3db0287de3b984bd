"""Message templates: read from ``messages.toml``, kept in versions, taken from the database alone when sending."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Row, Select, select

from headend.archive import Masked
from headend.notify.errors import MissingValueError, TemplateError, UnknownTemplateError
from headend.notify.model import Company, Per, Template
from headend.notify.render import LONGEST, Person, Surroundings, needed, placeholders, render
from headend.notify.tables import message_template as t
from headend.store import ConflictError, Tx, View

PATIENCE_MINUTES = 120
"""Two hours without a receipt and the next contact's turn comes (T11)."""

USUAL = Surroundings(
    company=Company("XX供电", "95598"),
    account_no="3701000001",
    customer=Masked("张小三"),
    staff=Person(Masked("李师傅"), Masked("13900000001")),
)
"""Usual surroundings, for the length of a text."""


class _MessageRow(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1)
    text: str = Field(min_length=1)
    usual: dict[str, str]
    at_once: bool
    per: Per
    urgency: int = Field(ge=0, le=2)
    patience: int = Field(default=PATIENCE_MINUTES, ge=1, le=1440)
    to_unproven: bool = False


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phrase: dict[str, dict[str, str]] = {}
    message: dict[Annotated[str, Field(pattern=r"^S[0-9]{2}$")], _MessageRow]


def parse_templates(document: Mapping[str, Any]) -> tuple[Template, ...]:
    """Read the parsed ``messages.toml``.

    Raises :class:`TemplateError` with every fault: a wrong key, a placeholder that is no plain name, a value that
    ``usual`` lacks, a text of more than 70 characters with its usual values (and with each of its phrases).
    """
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise TemplateError("; ".join(wrong)) from error
    templates = tuple(_template(code, row, file.phrase) for code, row in file.message.items())
    faults = [fault for t, row in zip(templates, file.message.values(), strict=True) for fault in _faults(t, row.usual)]
    if faults:
        raise TemplateError("; ".join(faults))
    return templates


def load_templates(tx: Tx, templates: Iterable[Template]) -> int:
    """Store the templates whose version is new; give how many were.

    Raises :class:`ConflictError` for another text under a version that is stored, or a version older than that in use.
    """
    new = 0
    for template in templates:
        stored = tx.one(_newest().where(t.c.code == template.code))
        if stored is not None and _stored(stored) == template:
            continue
        if stored is not None and stored.version >= template.version:
            raise ConflictError(
                f"{template.code} is in use in version {stored.version} with another text; "
                f"give the change version {stored.version + 1}"
            )
        tx.insert(t, **_columns(template), **tx.stamp())
        new += 1
    return new


def newest(view: View, code: str) -> Template:
    """Give the template in use. Raises :class:`UnknownTemplateError`."""
    row = view.one(_newest().where(t.c.code == code))
    if row is None:
        raise UnknownTemplateError(f"no message template {code} is in use; load messages.toml")
    return _stored(row)


def in_version(view: View, code: str, version: int) -> Template:
    """Give a template as it was in a version. Raises :class:`UnknownTemplateError`."""
    row = view.one(select(t).where(t.c.code == code, t.c.version == version))
    if row is None:
        raise UnknownTemplateError(f"there is no version {version} of the message template {code}")
    return _stored(row)


def _newest() -> Select[tuple[object, ...]]:
    later = t.alias("later")
    return select(t).where(~select(later.c.id).where(later.c.code == t.c.code, later.c.version > t.c.version).exists())


def _template(code: str, row: _MessageRow, phrases: Mapping[str, Mapping[str, str]]) -> Template:
    used = {name: dict(texts) for name, texts in phrases.items() if f"{{{name}}}" in row.text}
    same = row.model_dump(include={"version", "text", "at_once", "per", "urgency", "to_unproven"})
    return Template(code=code, phrases=used, patience=timedelta(minutes=row.patience), **same)


def _faults(template: Template, usual: Mapping[str, str]) -> list[str]:
    """Check a template with its usual values, and with every other phrase in the place of the usual one."""
    faults = []
    variants = [usual] + [{**usual, name: other} for name, texts in template.phrases.items() for other in texts]
    for values in variants:
        try:
            placeholders(template.text)
            text = render(template, needed(template, values), USUAL)
        except (MissingValueError, TemplateError) as error:
            faults.append(f"{template.code}: {error}" if isinstance(error, TemplateError) else str(error))
        else:
            if len(text) > LONGEST:
                faults.append(f"{template.code} has {len(text)} characters with usual values, {LONGEST} fit: {text}")
    return list(dict.fromkeys(faults))


def _columns(template: Template) -> dict[str, Any]:
    names = ("code", "version", "text", "at_once", "urgency", "to_unproven")
    return {
        **{name: getattr(template, name) for name in names},
        "phrases": {name: dict(texts) for name, texts in template.phrases.items()},
        "per": template.per.value,
        "patience_s": int(template.patience.total_seconds()),
    }


def _stored(row: Row[Any]) -> Template:
    names = ("code", "version", "text", "phrases", "at_once", "urgency", "to_unproven")
    same = {name: row._asdict()[name] for name in names}
    return Template(**same, per=Per(row.per), patience=timedelta(seconds=row.patience_s))
