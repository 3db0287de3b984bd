"""Words of the panel in both languages; those of acts, faults, pages and frames stand in their own tables."""

from protocols.dissection import Words

__all__ = [
    "ALL_ACTS",
    "CANCEL",
    "DO_IT",
    "EDIT",
    "FAULTS_OF_LINE",
    "FRAMES",
    "IS_OFF",
    "IS_ON",
    "METER",
    "NEXT_METER",
    "NOTHING_YET",
    "NO_LONGER_SERVED",
    "PAGE_TURN",
    "QUIT",
    "TAKEN_APART",
]

METER = Words("Single-phase fee-control meter", "单相费控智能电能表")
FRAMES = Words("frames: ⏎ enlarges", "报文: 回车放大")
TAKEN_APART = Words("the selected frame", "报文解析")
NOTHING_YET = Words("nobody has asked anything yet", "尚无报文")
FAULTS_OF_LINE = Words("faults of the line: ⏎ on/off, e numbers", "线路故障: 回车开关, e 参数")
IS_OFF = Words("is off", "已关闭")
IS_ON = Words("is on", "已打开")
EDIT = Words("numbers of the fault", "故障参数")
DO_IT = Words("do it", "执行")
CANCEL = Words("cancel", "取消")
ALL_ACTS = Words("Acts", "全部")
PAGE_TURN = Words("←→ page", "←→ 翻页")
NEXT_METER = Words("Meter", "下一表")
QUIT = Words("Quit", "退出")
NO_LONGER_SERVED = Words("the port cannot be opened, trying again", "端口打不开, 重试中")
