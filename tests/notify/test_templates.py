"""Texts: checked when read, kept in versions, rendered from values alone."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headend import notify
from headend.archive import Masked
from headend.config import read_default
from headend.notify.model import Company, Template
from headend.notify.render import Person, Surroundings, needed, render
from headend.notify.templates import USUAL, newest
from headend.store import ConflictError, View
from tests.rooms import Bench

DEFAULTS = read_default("messages.toml")
TEMPLATES = {template.code: template for template in notify.parse_templates(DEFAULTS)}
AT_ONCE = {"S07", "S08", "S09", "S10", "S11", "S12", "S13", "S23", "S24"}
PER_EVENT = AT_ONCE | {"S16"}


def changed(code: str, **values: Any) -> dict[str, Any]:
    """Give the default file with one template changed."""
    document = copy.deepcopy(DEFAULTS)
    document["message"][code] |= values
    return document


def test_every_message_type_has_a_text() -> None:
    """The default file holds S01 to S24; those that go at any hour and once per event are marked."""
    assert sorted(TEMPLATES) == [f"S{number:02d}" for number in range(1, 25)]
    assert {code for code, t in TEMPLATES.items() if t.at_once} == AT_ONCE
    assert {code for code, t in TEMPLATES.items() if t.per is notify.Per.EVENT} == PER_EVENT


@pytest.mark.parametrize("code", sorted(TEMPLATES))
def test_a_text_fits_into_one_short_message(code: str) -> None:
    """With usual values a text has at most 70 characters, names its sender first, and shows no whole account number."""
    usual = DEFAULTS["message"][code]["usual"]
    text = render(TEMPLATES[code], needed(TEMPLATES[code], usual), USUAL)
    assert len(text) <= 70
    assert text.startswith("【XX供电】")
    assert ("尾0001" in text) is (code != "S22")
    assert USUAL.account_no not in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"text": "【{company}】" + "长" * 70}, "characters"),
        ({"text": "【{company}】{bal!r}"}, "plain name"),
        ({"text": "【{company}】{bal.__class__}"}, "plain name"),
        ({"text": "【{company}】{bal"}, "S01|bal"),
        ({"text": "【{company}】{}"}, "plain name"),
        ({"text": "【{company}】{other}"}, "other"),
        ({"urgency": 9}, "urgency"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_template_is_refused_by_name(change: dict[str, Any], told: str) -> None:
    """A text that is too long, holds more than plain names or lacks a usual value refuses the file."""
    with pytest.raises(notify.TemplateError, match=told):
        notify.parse_templates(changed("S01", **change))


def test_every_phrase_must_fit() -> None:
    """A text is checked with each of its phrases, not only with the usual one."""
    document = copy.deepcopy(DEFAULTS)
    document["phrase"]["why"]["held"] = "因" * 60
    with pytest.raises(notify.TemplateError, match="S08"):
        notify.parse_templates(document)


def test_a_text_changes_only_with_its_version(village: Bench) -> None:
    """Loading again stores nothing; another text under the same version is a conflict, under the next it is in use."""
    parsed = notify.parse_templates(DEFAULTS)
    assert village.write(notify.load_templates, parsed) == 0
    other = "【{company}】尾{a4}余额{bal}，约{n}天。"
    with pytest.raises(ConflictError, match="version 2"):
        village.write(notify.load_templates, notify.parse_templates(changed("S01", text=other)))
    assert village.write(notify.load_templates, notify.parse_templates(changed("S01", text=other, version=2))) == 1
    assert village.read(newest, "S01").text == other
    with pytest.raises(ConflictError):
        village.write(notify.load_templates, parsed)


def test_a_template_comes_back_as_it_was_read(village: Bench) -> None:
    """What is in use equals what the file says."""

    def in_use(view: View) -> dict[str, Template]:
        return {code: newest(view, code) for code in TEMPLATES}

    assert village.read(in_use) == TEMPLATES


def test_a_phrase_is_chosen_by_its_value() -> None:
    """S09 ends as the customer's class needs it; an unknown phrase and a missing value of one are refused."""
    template = TEMPLATES["S09"]
    values = {"amt": "13", "hm": "09:03", "end": "blacklisted", "pre": "100", "more": "x"}
    assert needed(template, values) == {"amt": "13", "hm": "09:03", "end": "blacklisted", "pre": "100"}
    assert "预存100元后复电" in render(template, needed(template, values), USUAL)
    direct = needed(template, {**values, "end": "direct"})
    assert "pre" not in direct
    assert "自动复电" in render(template, direct, USUAL)
    with pytest.raises(notify.MissingValueError, match="pre"):
        needed(template, {"amt": "13", "hm": "09:03", "end": "blacklisted"})
    with pytest.raises(notify.MissingValueError, match="phrases"):
        needed(template, {**values, "end": "other"})
    with pytest.raises(notify.MissingValueError, match="end"):
        needed(template, {"amt": "13", "hm": "09:03"})


def test_who_comes_is_named_when_it_is_known() -> None:
    """The employee's name and phone come from the archive; without one the company's phone stands there."""
    template = TEMPLATES["S13"]
    assert needed(template, {"hm": "20:15", "staff": "zheng.tech"}) == {"hm": "20:15", "staff": "zheng.tech"}
    around = Surroundings(Company("新城供电", "95598"), "3701000007", Masked("张三"), None)
    assert "已派工作人员上门，预计20:15前到，电话95598" in render(template, {"hm": "20:15"}, around)
    somebody = Surroundings(around.company, around.account_no, around.customer, Person(Masked("郑师傅"), Masked("139")))
    assert "已派郑师傅上门，预计20:15前到，电话139，" in render(
        template, {"hm": "20:15", "staff": "zheng.tech"}, somebody
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(max_size=20))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    """Braces in a value stand in the text as they are."""
    text = render(TEMPLATES["S22"], {"d": "9月1日", "old": "1", "new": "2", "doc": value}, USUAL)
    assert f"详见{value}，" in text
