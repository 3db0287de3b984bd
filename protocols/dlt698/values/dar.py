"""DAR, data access result (数据访问结果): what a server says instead of data (DL/T 698.45-2017)."""

from enum import IntEnum
from typing import Self


class Dar(IntEnum):
    """Named results; a number without a name is kept as it came (``UNKNOWN_53``)."""

    SUCCESS = 0
    HARDWARE_FAILURE = 1
    TEMPORARILY_UNAVAILABLE = 2
    REFUSED = 3
    OBJECT_UNDEFINED = 4
    INTERFACE_CLASS_MISMATCH = 5
    OBJECT_DOES_NOT_EXIST = 6
    TYPE_MISMATCH = 7
    OUT_OF_RANGE = 8
    BLOCK_UNAVAILABLE = 9
    FRAGMENTATION_CANCELLED = 10
    NOT_IN_FRAGMENTATION = 11
    BLOCK_WRITE_CANCELLED = 12
    NO_BLOCK_WRITE = 13
    BLOCK_NUMBER_INVALID = 14
    NOT_AUTHORISED = 15
    BAUD_RATE_FIXED = 16
    SEASONS_EXCEEDED = 17
    SLOTS_EXCEEDED = 18
    TARIFFS_EXCEEDED = 19
    AUTHENTICATION_MISMATCH = 20
    REPEATED_RECHARGE = 21
    ESAM_VERIFICATION_FAILED = 22
    AUTHENTICATION_FAILED = 23
    CUSTOMER_MISMATCH = 24
    PURCHASE_COUNT_ERROR = 25
    HOARDING_LIMIT = 26
    ADDRESS_ERROR = 27
    SYMMETRIC_DECRYPTION_ERROR = 28
    ASYMMETRIC_DECRYPTION_ERROR = 29
    SIGNATURE_ERROR = 30
    METER_SUSPENDED = 31
    TIME_TAG_INVALID = 32
    REQUEST_TIMEOUT = 33
    ESAM_P1P2_ERROR = 34
    ESAM_LC_ERROR = 35
    COMPARE_FAILED = 36
    OTHER = 255

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or not 0 <= value <= cls.OTHER:
            return None
        unknown = int.__new__(cls, value)
        unknown._name_ = f"UNKNOWN_{value}"
        unknown._value_ = value
        return unknown

    @property
    def chinese(self) -> str:
        """The standard's words."""
        return _CHINESE.get(self, "未知")


_CHINESE = {
    Dar.SUCCESS: "成功",
    Dar.HARDWARE_FAILURE: "硬件失效",
    Dar.TEMPORARILY_UNAVAILABLE: "暂时失效",
    Dar.REFUSED: "拒绝读写",
    Dar.OBJECT_UNDEFINED: "对象未定义",
    Dar.INTERFACE_CLASS_MISMATCH: "对象接口类不符合",
    Dar.OBJECT_DOES_NOT_EXIST: "对象不存在",
    Dar.TYPE_MISMATCH: "类型不匹配",
    Dar.OUT_OF_RANGE: "越界",
    Dar.BLOCK_UNAVAILABLE: "数据块不可用",
    Dar.FRAGMENTATION_CANCELLED: "分帧传输已取消",
    Dar.NOT_IN_FRAGMENTATION: "不处于分帧传输状态",
    Dar.BLOCK_WRITE_CANCELLED: "块写取消",
    Dar.NO_BLOCK_WRITE: "不存在块写状态",
    Dar.BLOCK_NUMBER_INVALID: "数据块序号无效",
    Dar.NOT_AUTHORISED: "密码错/未授权",
    Dar.BAUD_RATE_FIXED: "通信速率不能更改",
    Dar.SEASONS_EXCEEDED: "年时区数超",
    Dar.SLOTS_EXCEEDED: "日时段数超",
    Dar.TARIFFS_EXCEEDED: "费率数超",
    Dar.AUTHENTICATION_MISMATCH: "安全认证不匹配",
    Dar.REPEATED_RECHARGE: "重复充值",
    Dar.ESAM_VERIFICATION_FAILED: "ESAM验证失败",
    Dar.AUTHENTICATION_FAILED: "安全认证失败",
    Dar.CUSTOMER_MISMATCH: "客户编号不匹配",
    Dar.PURCHASE_COUNT_ERROR: "充值次数错误",
    Dar.HOARDING_LIMIT: "购电超囤积",
    Dar.ADDRESS_ERROR: "地址异常",
    Dar.SYMMETRIC_DECRYPTION_ERROR: "对称解密错误",
    Dar.ASYMMETRIC_DECRYPTION_ERROR: "非对称解密错误",
    Dar.SIGNATURE_ERROR: "签名错误",
    Dar.METER_SUSPENDED: "电能表挂起",
    Dar.TIME_TAG_INVALID: "时间标签无效",
    Dar.REQUEST_TIMEOUT: "请求超时",
    Dar.ESAM_P1P2_ERROR: "ESAM的P1P2不正确",
    Dar.ESAM_LC_ERROR: "ESAM的LC错误",
    Dar.COMPARE_FAILED: "比对失败",
    Dar.OTHER: "其他",
}
