"""Words of the panel in both languages; those of acts, faults, pages and frames stand in their own tables."""

import os

from protocols.dissection import Language, Words

__all__ = [
    "ALL_ACTS",
    "CANCEL",
    "DO_IT",
    "EDIT",
    "FAULTS_OF_LINE",
    "FRAMES",
    "METER",
    "NEXT_METER",
    "NOTHING_YET",
    "NO_LONGER_SERVED",
    "PAGE_TURN",
    "QUIT",
    "TAKEN_APART",
    "of_locale",
]

METER = Words("Single-phase fee-control meter", "单相费控智能电能表")
FRAMES = Words("frames: ⏎ enlarges", "报文: 回车放大")
TAKEN_APART = Words("the selected frame", "报文解析")
NOTHING_YET = Words("nobody has asked anything yet", "尚无报文")
FAULTS_OF_LINE = Words("faults of the line: ⏎ on/off, e numbers", "线路故障: 回车开关, e 参数")
EDIT = Words("numbers of the fault", "故障参数")
DO_IT = Words("do it", "执行")
CANCEL = Words("cancel", "取消")
ALL_ACTS = Words("All acts", "全部")
PAGE_TURN = Words("←→ page", "←→ 翻页")
NEXT_METER = Words("Meter", "下一表")
QUIT = Words("Quit", "退出")
NO_LONGER_SERVED = Words("the port cannot be opened, trying again", "端口打不开, 重试中")

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Of the environment, the first that says something counts."""


def of_locale() -> Language:
    """Give the language of the terminal's locale: Chinese where it begins with zh, English elsewhere."""
    told = next((value for name in VARIABLES if (value := os.environ.get(name))), "")
    return Language.CHINESE if told.lower().startswith("zh") else Language.ENGLISH
