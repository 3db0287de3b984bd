"""Reports of devices: each is kept once, decoded as far as it can be, and never lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from headend import archive, collect, work
from headend.collect import DeviceEvent, Finding, Source, Told
from headend.collect.duty_tables import device_report
from headend.collect.reports import told_by
from headend.store import View
from headend.work import OrderKind
from protocols import dlt645, dlt698
from protocols.dlt698 import OAD, TSA, DataType, DateTimeS, Piid, Value
from tests.rooms import CONCENTRATOR, MONDAY, SHOP_LINE, Bench, home_no, local

ADDRESS = "000000000001"
METER = OAD.parse("202A0200")
BEGAN = OAD.parse("201E0200")
NUMBER = OAD.parse("20220200")
COVER_OPENED = OAD.parse("301B0200")
VOLTAGES = OAD.parse("20000200")
READ = dlt645.ReadRequest(dlt645.DI.parse("00010000"))
A_FRAME_645 = dlt645.build_frame(dlt645.build_message(dlt645.Address.meter(ADDRESS), READ))


def framed(apdu: dlt698.Apdu) -> bytes:
    """Put an APDU into a frame of the concentrator."""
    address = dlt698.Address.single(CONCENTRATOR.removeprefix("698:"))
    control = dlt698.Control.of(0x83)
    return dlt698.build_link(dlt698.LinkFrame(control, address, 0, dlt698.build_apdu(apdu)))


def records() -> dlt698.ReportRecordNotification:
    """Make a report of an event record: a cover was opened at a meter at 02:03:04."""
    began = DateTimeS.of(datetime(2026, 9, 14, 2, 3, 4))  # noqa: DTZ001 - a meter's clock knows no zone
    number, meter = Value(DataType.DOUBLE_LONG_UNSIGNED, 7), Value(DataType.TSA, TSA.of(ADDRESS))
    row = (number, Value(DataType.DATE_TIME_S, began), meter)
    result = dlt698.ResultRecord(COVER_OPENED, (NUMBER, BEGAN, METER), (row,))
    return dlt698.ReportRecordNotification(Piid(1), (result,))


def attributes() -> dlt698.ReportListNotification:
    """Make a report of three phase voltages."""
    volts = Value(DataType.ARRAY, tuple(Value(DataType.LONG_UNSIGNED, tenth) for tenth in (2301, 2298, 2305)))
    return dlt698.ReportListNotification(Piid(2), (dlt698.ResultNormal(VOLTAGES, volts),))


def raw_reports(bench: Bench) -> list[bytes]:
    """Give the raw reports that are kept."""
    return bench.read(lambda view: [row.data for row in view.all(select(device_report.c.data))])


def every_event(view: View, /, **of: Any) -> list[DeviceEvent]:
    """Give the events of the whole company, of one account or of one link."""
    return collect.device_events(view, scope=archive.whole(view), **of)


def test_an_event_record_names_its_meter_and_when_it_began(village: Bench) -> None:
    """The row belongs to the account whose meter it is, with the raw report's number."""
    number = village.write(collect.keep_report, CONCENTRATOR, framed(records()))
    account = village.accounts[home_no(1)]
    [event] = village.read(every_event, account=account)
    assert (event.source, event.link, event.address, event.object) == (
        Source.REPORT,
        CONCENTRATOR,
        ADDRESS,
        str(COVER_OPENED),
    )
    assert (event.began, event.report, event.error) == (local("2026-09-14 02:03:04"), number, None)
    assert "cover" in event.name
    assert {part["value"] for part in event.value} == {"7", "2026-09-14T02:03:04+08:00", ADDRESS}


def test_reported_attributes_have_names_values_and_units(village: Bench) -> None:
    """Scaled as the dictionary says: 2301 is 230.1 V of phase A."""
    village.write(collect.keep_report, CONCENTRATOR, framed(attributes()))
    [event] = village.read(every_event, link=CONCENTRATOR)
    assert [(part["value"], part["unit"]) for part in event.value] == [("230.1", "V"), ("229.8", "V"), ("230.5", "V")]
    assert event.account is None


def test_a_frame_from_a_port_is_kept_as_it_was() -> None:
    """A meter's frame that a terminal hands on: its address is told, its bytes stay."""
    report = dlt698.ReportTransNotification(Piid(3), OAD.parse("F2010201"), (A_FRAME_645, b"\x00\x01"))
    meters, nobody = told_by(framed(report))
    assert (meters.address, meters.error) == (ADDRESS, None)
    assert meters.value is not None
    assert meters.value[1]["value"] == A_FRAME_645.hex().upper()
    assert nobody.error is not None


def test_what_follows_an_answer_is_read_too() -> None:
    """A follow-report's attributes are told like any other."""
    followed = dlt698.FollowNormal(attributes().results)
    answer = dlt698.GetListResponse(Piid(4), (), follow=followed)
    [told] = told_by(framed(answer))
    assert (told.object, told.error) == (str(VOLTAGES), None)


def test_a_repeat_is_kept_once(village: Bench) -> None:
    """Devices repeat what was not acknowledged; the same bytes of another link are another report."""
    frame = framed(records())
    assert village.write(collect.keep_report, CONCENTRATOR, frame) is not None
    assert village.write(collect.keep_report, CONCENTRATOR, frame) is None
    assert village.write(collect.keep_report, SHOP_LINE, frame) is not None
    assert raw_reports(village) == [frame, frame]
    assert len(village.read(every_event)) == 2


def test_the_same_words_much_later_are_another_report(village: Bench) -> None:
    """A report may say no time, and its number comes round again: after an hour it is no repeat, and is not lost."""
    frame = framed(attributes())
    for minutes, is_new in ((0, True), (59, False), (61, True)):
        village.clock.advance(local("2026-09-14 09:00") + timedelta(minutes=minutes))
        assert (village.write(collect.keep_report, CONCENTRATOR, frame) is not None) == is_new
    assert len(village.read(every_event)) == 2


def test_events_are_listed_within_a_scope(village: Bench) -> None:
    """Others' newer events do not push one's own off the list; what is of no account belongs to its link's unit."""
    mine = village.read(archive.unit_id, "S01"), village.read(archive.unit_id, "S02")
    village.write(collect.keep_report, CONCENTRATOR, framed(records()))
    village.write(collect.keep_stranger, SHOP_LINE, "999999999999")
    for unit, count in zip(mine, (2, 0), strict=True):
        scope = archive.Scope(unit)
        assert len(village.read(collect.device_events, scope=scope)) == count
        assert len(village.read(collect.device_events, scope=scope, limit=1)) == min(count, 1)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_report_are_told_with_their_error(data: bytes) -> None:
    """Whatever a device sends: there is an entry for it, and no exception."""
    for told in (told_by(data), told_by(b"", apdu=data), told_by(framed(records())[:-4] + data)):
        assert told
        assert all(one.error or one.value is not None for one in told)


@pytest.mark.parametrize("frame", [b"", b"\x68\x01", framed(records())[:-3] + b"\x00\x00\x16"])
def test_a_report_that_nobody_can_read_is_kept_with_its_error(village: Bench, frame: bytes) -> None:
    """The bytes stay, and the list of events shows why they say nothing."""
    village.write(collect.keep_report, CONCENTRATOR, frame)
    assert raw_reports(village) == [frame]
    [event] = village.read(every_event)
    assert event.error


def test_records_of_a_meter_are_kept_once(village: Bench) -> None:
    """Reading them again brings only what is new: the number of a record changes, its begin does not."""
    first = Told(ADDRESS, "1D00FF01", "trip", "跳闸", local("2026-09-13 10:00"), [])
    later = Told(ADDRESS, "1D00FF01", "trip", "跳闸", local("2026-09-14 07:00"), [])
    assert village.write(collect.keep_records, CONCENTRATOR, [first]) == 1
    assert village.write(collect.keep_records, CONCENTRATOR, [later, first]) == 1
    assert village.write(collect.keep_records, CONCENTRATOR, [later, first]) == 0


def test_a_meter_that_answers_at_another_link_is_an_address_mismatch(village: Bench) -> None:
    """The archive has it elsewhere: nothing is read from it there, and no cut until that is cleared up (R11)."""
    account = village.accounts[home_no(1)]
    point = village.read(archive.place, account, MONDAY).point
    village.write(collect.keep_stranger, SHOP_LINE, ADDRESS)
    [noted] = village.read(collect.findings_of, point, MONDAY, MONDAY)
    assert (noted.kind, noted.version) == (Finding.ADDRESS, None)
    assert noted.sentence == f"meter {ADDRESS} over {SHOP_LINE} instead of {ADDRESS} over {CONCENTRATOR}"
    assert OrderKind.MIX_UP in village.read(work.open_kinds, account)


def test_a_meter_that_nobody_knows_is_an_event_of_the_line(village: Bench) -> None:
    """It has no account whose readings it could spoil."""
    village.write(collect.keep_stranger, SHOP_LINE, "999999999999")
    [event] = village.read(every_event)
    assert (event.source, event.account, event.address) == (Source.LINE, None, "999999999999")
    assert not village.read(collect.finding_counts, MONDAY, scope=village.read(archive.whole))
