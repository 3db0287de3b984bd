"""The table of faults on the wire: what each is called, what can be said of it, and what it does.

Several that touch one exchange act in the order of the table.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from protocols.dissection import Words
from simulators.faults.model import Argument, Hit, Kind, Part, Stage
from simulators.faults.rewriting import break_byte, break_check_sum, readdress

__all__ = ["FAULTS", "LATE"]

Parts = tuple[Part, ...]
LATE = "late"


def _lost(_: Hit, __: Parts) -> Parts:
    return ()


def _wrong_address(hit: Hit, parts: Parts) -> Parts:
    return tuple(replace(part, data=readdress(part.data, hit.draw(1, 9, "shift"))) for part in parts)


def _bad_checksum(_: Hit, parts: Parts) -> Parts:
    return tuple(replace(part, data=break_check_sum(part.data)) for part in parts)


def _half(_: Hit, parts: Parts) -> Parts:
    return tuple(replace(part, data=part.data[: len(part.data) // 2]) for part in parts)


def _garbage(hit: Hit, parts: Parts) -> Parts:
    noise = hit.noise(int(hit.arguments["bytes"]))
    return tuple(replace(part, data=noise + part.data) for part in parts)


def _garbled(hit: Hit, parts: Parts) -> Parts:
    return tuple(replace(part, data=break_byte(part.data, hit.draw(0, len(part.data) - 1))) for part in parts)


def _twice(_: Hit, parts: Parts) -> Parts:
    return parts + parts


def _duplicate(hit: Hit, parts: Parts) -> Parts:
    return parts + tuple(replace(part, after=hit.seconds("gap")) for part in parts)


def _slow(hit: Hit, parts: Parts) -> Parts:
    if not parts:
        return parts
    return (replace(parts[0], after=parts[0].after + hit.seconds("seconds")), *parts[1:])


def _split(hit: Hit, parts: Parts) -> Parts:
    return tuple(piece for place, part in enumerate(parts) for piece in _pieces(hit, place, part))


def _pieces(hit: Hit, place: int, part: Part) -> Parts:
    """Cut at drawn places; every piece has a byte at least."""
    size = len(part.data)
    wanted = int(hit.arguments["pieces"])
    marks = sorted({hit.draw(1, size - 1, place, number) for number in range(wanted - 1)}) if size > 1 else []
    bounds = [0, *marks, size]
    gap = hit.seconds("gap")
    return tuple(
        replace(part, data=part.data[low:high], after=gap if low else part.after) for low, high in pairwise(bounds)
    )


_SECONDS = Words("seconds", "秒")


FAULTS: Mapping[str, Kind] = {
    "silent": Kind(Words("hears nothing", "无响应"), Stage.REQUEST),
    "refused": Kind(
        Words("refuses with an error word or a DAR", "否定应答"),
        Stage.REQUEST,
        {"code": Argument(Words("error word, SERR or DAR", "错误码"), 1, 1, 0xFFFF)},
    ),
    "echo": Kind(Words("the adapter hears itself", "回显"), Stage.REQUEST),
    "lost": Kind(Words("obeys, and the answer is lost", "应答丢失"), Stage.ANSWER, shape=_lost),
    LATE: Kind(Words("answers at the next request", "应答迟到"), Stage.ANSWER),
    "wrong-address": Kind(Words("answers from another address", "地址错误"), Stage.ANSWER, shape=_wrong_address),
    "bad-checksum": Kind(Words("answers with a broken check sum", "校验错误"), Stage.ANSWER, shape=_bad_checksum),
    "half": Kind(Words("breaks off in the middle of a frame", "半帧"), Stage.ANSWER, shape=_half),
    "garbage": Kind(
        Words("noise in front of the answer", "乱码"),
        Stage.ANSWER,
        {"bytes": Argument(Words("bytes of noise", "字节数"), 8, 1, 64)},
        _garbage,
    ),
    "duplicate": Kind(
        Words("answers twice", "重复应答"),
        Stage.ANSWER,
        {"gap": Argument(_SECONDS, 0.1, 0, 3600)},
        _duplicate,
    ),
    "split": Kind(
        Words("answers in pieces", "分段发送"),
        Stage.ANSWER,
        {
            "pieces": Argument(Words("pieces", "段数"), 3, 2, 64),
            "gap": Argument(_SECONDS, 0.05, 0, 3600),
        },
        _split,
    ),
    "slow": Kind(
        Words("answers slowly", "响应缓慢"),
        Stage.ANSWER,
        {"seconds": Argument(_SECONDS, 3, 0, 3600)},
        _slow,
    ),
    "login-lost": Kind(Words("its logins and heartbeats are lost", "登录心跳丢失"), Stage.LOGIN, shape=_lost),
    "login-garbled": Kind(
        Words("its logins and heartbeats come with a wrong byte", "登录心跳误码"), Stage.LOGIN, shape=_garbled
    ),
    "login-twice": Kind(Words("its logins and heartbeats come twice", "登录心跳重复"), Stage.LOGIN, shape=_twice),
    "flapping": Kind(
        Words("the connection comes and goes", "链路抖动"),
        Stage.LINK,
        {
            "up": Argument(Words("seconds there, half as long to half as long again", "在线秒数"), 20, 0.1, 86400),
            "down": Argument(Words("seconds gone", "离线秒数"), 5, 0, 86400),
        },
    ),
    "reboots": Kind(
        Words("restarts in bursts, logging out or just dropping the line", "反复重启"),
        Stage.LINK,
        {
            "logins": Argument(Words("logins in a burst", "每轮登录次数"), 5, 1, 1000),
            "up": Argument(Words("seconds there at most", "在线秒数"), 2, 0.1, 3600),
            "rest": Argument(Words("seconds of rest behind a burst", "间歇秒数"), 60, 0, 86400),
        },
    ),
}
"""Faults by the name that a scenario and a person give them."""
