"""A dissection as JSON-able objects."""

from protocols.dissection.model import Dissection, Fault, Field
from protocols.dissection.words import Language, Words

Fields = dict[str, object]

_EN, _ZH = Language.ENGLISH, Language.CHINESE


def plain(found: Dissection) -> Fields:
    """Give ``fields``, each with its place, bytes, names and value, ``faults`` by their bytes, and ``hints``."""
    return {
        "fields": [_field(field) for field in found.fields],
        "faults": [_fault(fault) for fault in found.faults],
        "hints": [_both(hint) for hint in found.hints],
    }


def _field(field: Field) -> Fields:
    shown: Fields = {
        "offset": field.offset,
        "size": field.size,
        "bytes": field.wire.hex().upper(),
        "name_en": field.name.said(_EN),
        "name_zh": field.name.said(_ZH),
        "value_en": field.value.said(_EN),
        "value_zh": field.value.said(_ZH),
    }
    if field.depth:
        shown["depth"] = field.depth
    if field.plain:
        shown["unmasked"] = field.plain.hex().upper()
    if field.bits:
        shown["bits"] = [{"place": bit.place, "digits": bit.digits} | _both(bit.meaning) for bit in field.bits]
    return shown


def _fault(fault: Fault) -> Fields:
    return {
        "reason": fault.reason,
        "offset": fault.offset,
        **({"size": fault.size} if fault.size > 1 else {}),
        "expected": fault.expected,
        "found": fault.found,
        "fault": _both(fault.name or Words(fault.reason.replace("_", " "))),
        "cause": _both(fault.cause) if fault.cause else None,
    }


def _both(words: Words) -> Fields:
    return {"en": words.said(_EN), "zh": words.said(_ZH)}
