"""How a customer understands a message: by its words, as customers do."""

__all__ = ["understand"]

# A phrase that only this message has, in the order in which they are looked for.
PHRASES = (
    ("S01", "按近7日用电约可用"),
    ("S02", "已低于预警值"),
    ("S03", "加次日预计"),
    ("S04", "逾期将按协议停电"),
    ("S05", "到期未交"),
    ("S06", "停电通知"),
    ("S07", "约30分钟后停电"),
    ("S08", "停电安排已取消"),
    ("S09", "因欠费"),
    ("S13", "远程复电未成功"),
    ("S12", "可以合闸"),
    ("S10", "收到交费"),
    ("S11", "请检查电器"),
    ("S14", "读数已更正"),
    ("S15", "未读到电表"),
    ("S16", "已换表"),
    ("S17", "已开通先充值后用电"),
    ("S18", "进入第"),
    ("S19", "电费红包"),
    ("S20", "须核验户主身份"),
    ("S21", "爱心档案"),
    ("S22", "您的电价由"),
    ("S23", "验证码"),
    ("S24", "应急电费"),
)


def understand(text: str) -> str | None:
    """Tell which of the messages S01 to S24 a text is; None for none of them."""
    return next((kind for kind, phrase in PHRASES if phrase in text), None)
