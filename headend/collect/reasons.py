"""Why a reading is missing (漏抄原因): every missing one has a reason, and each reason says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class MissReason(StrEnum):
    """Why a reading is missing."""

    NOT_ASKED = "not_asked"  # no round has got to it yet
    NO_METER = "no_meter"  # the meter of that 00:00 has been removed since
    NO_ROAD = "no_road"  # the archive's road or model of the meter is none that can be used
    LINK_DOWN = "link_down"  # its concentrator or DTU is not connected
    TIME_UP = "time_up"  # the round ended before its turn came
    SILENT = "silent"  # the meter did not answer
    REFUSED = "refused"  # the device answered with an error
    NO_FREEZE = "no_freeze"  # it answered, and has no freeze of that day
    WRONG_STAMP = "wrong_stamp"  # what it has in that place is stamped with another day
    GARBLED = "garbled"  # the answer made no sense
    OTHER_METER = "other_meter"  # the answer bears another meter's address
    UNKNOWN_METER = "unknown_meter"  # the concentrator does not know the meter
    NOT_PROVEN = "not_proven"  # the security module could not ask, or not check the answer
    NOT_STORED = "not_stored"  # the database refused the value, as one beyond every bound


@dataclass(frozen=True, slots=True)
class Word:
    """A reason in words, and what to do about it."""

    words: str
    chinese: str
    advice: str


WORDS: Mapping[MissReason, Word] = {
    MissReason.NOT_ASKED: Word("no round has got to it yet", "未召测", "wait for the round, or `headend collect run`"),
    MissReason.NO_METER: Word(
        "its meter was removed", "无表计", "record the installation; after a change the gap is filled"
    ),
    MissReason.NO_ROAD: Word("its road or model can't be used", "档案有误", "correct the archive's row of the meter"),
    MissReason.LINK_DOWN: Word(
        "its link is not connected", "终端离线", "`headend link show LINK`; power and signal of the concentrator"
    ),
    MissReason.TIME_UP: Word("the round ended before its turn", "超时未召", "the next round asks it"),
    MissReason.SILENT: Word("the meter is silent", "表计无应答", "carrier, wiring, meter; somebody goes after 3 days"),
    MissReason.REFUSED: Word("the device refused", "设备拒绝", "look up the code in `headend decode`"),
    MissReason.NO_FREEZE: Word("it has no freeze of that day", "无日冻结", "`headend read METER clock`: was it off?"),
    MissReason.WRONG_STAMP: Word(
        "its freeze bears another day",
        "冻结时标不符",
        "`headend read METER clock`; within its limits the daily check sets it",
    ),
    MissReason.GARBLED: Word("the answer made no sense", "报文错误", "noise, or a model that is not described"),
    MissReason.OTHER_METER: Word("another meter answered", "地址不符", "check addresses on site: swapped meters?"),
    MissReason.UNKNOWN_METER: Word(
        "the concentrator does not know the meter", "集中器无此表", "send the concentrator its list of meters"
    ),
    MissReason.NOT_PROVEN: Word("it could not be secured or proven", "未通过安全认证", "look at the security module"),
    MissReason.NOT_STORED: Word("its value can't be stored", "无法入库", "the detail says why; its frames are kept"),
}
"""Every reason, for people."""
