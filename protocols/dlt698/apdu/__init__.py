"""Application protocol data units, one module per service (DL/T 698.45-2017, 应用层服务).

The classes are shown by :mod:`protocols.dlt698`.
"""

from protocols.dlt698.apdu.registry import build_apdu, parse_apdu

__all__ = ["build_apdu", "parse_apdu"]
