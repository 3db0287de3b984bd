"""DL/T 698.45-2017: link frames, APDUs, sans-IO sessions, for the head-end's side and the device's.

::

    Address, Control, LinkFrame      the link frame: parse_link, build_link
    Receiver                         frames out of a stream; Fragmenter, Reassembler for long APDUs
    Apdu and its classes             one per service and kind: parse_apdu, build_apdu
    Value, DataType, OAD, Dar, ...   what APDUs hold

Bytes that are no frame, APDU or Data raise :class:`protocols.errors.RemoteProtocolError` and nothing else.
The classes of the APDUs are in :mod:`protocols.dlt698.apdu`, the selectors in :mod:`protocols.dlt698.selection`,
an inspector for people and tests in :mod:`protocols.dlt698.inspect`.
"""

from protocols.dlt698.address import Address, AddressKind
from protocols.dlt698.apdu import Apdu, Piid, TimeTag, build_apdu, parse_apdu
from protocols.dlt698.dar import Dar
from protocols.dlt698.data import build_data, parse_data
from protocols.dlt698.descriptors import OAD, OMD, ROAD, TI, TSA, ComDcb, ScalerUnit, TimeUnit
from protocols.dlt698.fragment import Fragment, Fragmenter, FragmentKind, Reassembler
from protocols.dlt698.link import Control, Function, LinkFrame, build_link, parse_link
from protocols.dlt698.moments import Date, DateTime, DateTimeS, Time
from protocols.dlt698.receiver import FrameReceived, Garbage, Received, Receiver
from protocols.dlt698.value import NULL, DataType, Value, array, structure

__all__ = [
    "NULL",
    "OAD",
    "OMD",
    "ROAD",
    "TI",
    "TSA",
    "Address",
    "AddressKind",
    "Apdu",
    "ComDcb",
    "Control",
    "Dar",
    "DataType",
    "Date",
    "DateTime",
    "DateTimeS",
    "Fragment",
    "FragmentKind",
    "Fragmenter",
    "FrameReceived",
    "Function",
    "Garbage",
    "LinkFrame",
    "Piid",
    "Reassembler",
    "Received",
    "Receiver",
    "ScalerUnit",
    "Time",
    "TimeTag",
    "TimeUnit",
    "Value",
    "array",
    "build_apdu",
    "build_data",
    "build_link",
    "parse_apdu",
    "parse_data",
    "parse_link",
    "structure",
]
