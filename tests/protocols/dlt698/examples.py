"""One value of every type and one APDU of every class, filled to the last field.

Every OPTIONAL is there, every SEQUENCE OF holds something, every CHOICE of a selection and of a mechanism occurs.
They are where tests of truncation, of spoilt bytes and the fuzzer begin, and what is compared with other programs.
"""

from protocols.dlt698 import (
    BAUD_9600_8E1,
    MS,
    NULL,
    OAD,
    OMD,
    ROAD,
    RSD,
    SID,
    TI,
    TSA,
    Action,
    ActionListRequest,
    ActionListResponse,
    ActionNormalRequest,
    ActionNormalResponse,
    ActionResult,
    ActionThenGet,
    ActionThenGetRequest,
    ActionThenGetResponse,
    ActionThenGetResult,
    AddressRegions,
    AllMeters,
    AllRows,
    Apdu,
    Ciphertext,
    ClientErrorResponse,
    ConfigNumberRegions,
    ConfigNumbers,
    Conformance,
    ConnectRequest,
    ConnectResponse,
    Dar,
    DataType,
    Date,
    DateTime,
    DateTimeS,
    FollowNormal,
    FollowRecord,
    GetListRequest,
    GetListResponse,
    GetMd5Request,
    GetMd5Response,
    GetNextRequest,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecord,
    GetRecordListRequest,
    GetRecordListResponse,
    GetRecordRequest,
    GetRecordResponse,
    Limits,
    LinkKind,
    LinkRequest,
    LinkResponse,
    Mac,
    Mechanism,
    MeterAddresses,
    NoMeters,
    NormalBlock,
    NullSecurity,
    PasswordSecurity,
    Piid,
    Plaintext,
    ProxyActionListRequest,
    ProxyActionListResponse,
    ProxyActionThenGetListRequest,
    ProxyActionThenGetListResponse,
    ProxyGetListRequest,
    ProxyGetListResponse,
    ProxyGetRecordRequest,
    ProxyGetRecordResponse,
    ProxySetListRequest,
    ProxySetListResponse,
    ProxySetThenGetListRequest,
    ProxySetThenGetListResponse,
    ProxyTransRequest,
    ProxyTransResponse,
    RandomNumber,
    RandomNumberMac,
    RecordBlock,
    Region,
    ReleaseNotification,
    ReleaseRequest,
    ReleaseResponse,
    ReportListNotification,
    ReportListResponse,
    ReportRecordNotification,
    ReportRecordResponse,
    ReportTransNotification,
    ReportTransResponse,
    ResultNormal,
    ResultRecord,
    ScalerUnit,
    SecurityData,
    SecurityRequest,
    SecurityResponse,
    Selector1,
    Selector2,
    Selector3,
    Selector4,
    Selector5,
    Selector6,
    Selector7,
    Selector8,
    Selector9,
    Selector10,
    ServerErrorResponse,
    SetListRequest,
    SetListResponse,
    SetNormalRequest,
    SetNormalResponse,
    SetResult,
    SetThenGet,
    SetThenGetRequest,
    SetThenGetResponse,
    SetThenGetResult,
    Setting,
    SidMac,
    SignatureSecurity,
    SymmetricSecurity,
    Target,
    TargetResult,
    Time,
    TimeTag,
    UserTypeRegions,
    UserTypes,
    Value,
    Verdict,
    array,
    build_apdu,
    double_long_unsigned,
    long_unsigned,
    structure,
    unsigned,
)

ENERGY = OAD.parse("00100200")
CLOCK = OAD.parse("40000200")
FREEZE_TIME = OAD.parse("20210200")
DAILY = OAD.parse("50040200")
TASK = OAD.parse("60120300")
PORT = OAD.parse("F2010201")
TRIP = OMD.parse("80008100")
METER = TSA.of("000032456789")
OTHER = TSA.of("000032456790")
SECOND = DateTimeS(2024, 5, 20, 8, 30, 0)
LATER = DateTimeS(2024, 5, 21, 0, 0, 0)
MOMENT = DateTime(2024, 5, 20, 1, 8, 30, 0, 120)
DAY = TI(3, 1)
STAMP = Value(DataType.DATE_TIME_S, SECOND)
SIGNED = SidMac(SID(bytes.fromhex("811C8310"), bytes.fromhex("0026")), bytes.fromhex("A1B2C3D4"))
COLUMNS = (FREEZE_TIME, ROAD(DAILY, (ENERGY, CLOCK)))

_TYPES = Region(2, unsigned(1), unsigned(9))
_NUMBERS = Region(3, long_unsigned(1), long_unsigned(300))
_ADDRESSES = Region(0, Value(DataType.TSA, METER), Value(DataType.TSA, OTHER))
METER_SETS: tuple[MS, ...] = (
    NoMeters(),
    AllMeters(),
    UserTypes((1, 9)),
    MeterAddresses((METER, OTHER)),
    ConfigNumbers((1, 300)),
    UserTypeRegions((_TYPES,)),
    AddressRegions((_ADDRESSES,)),
    ConfigNumberRegions((_NUMBERS,)),
)
_CONDITION = Selector2(FREEZE_TIME, STAMP, Value(DataType.DATE_TIME_S, LATER), Value(DataType.TI, DAY))
SELECTIONS: tuple[RSD, ...] = (
    AllRows(),
    Selector1(FREEZE_TIME, STAMP),
    _CONDITION,
    Selector3((_CONDITION, Selector2(ENERGY, double_long_unsigned(1), double_long_unsigned(9), NULL))),
    Selector4(SECOND, AllMeters()),
    Selector5(SECOND, MeterAddresses((METER,))),
    Selector6(SECOND, LATER, DAY, UserTypes((1,))),
    Selector7(SECOND, LATER, DAY, ConfigNumbers((1, 2))),
    Selector8(SECOND, LATER, DAY, AddressRegions((_ADDRESSES,))),
    Selector9(1),
    Selector10(3, UserTypeRegions((_TYPES,))),
)
_PLAIN = {
    DataType.NULL: None,
    DataType.BOOL: True,
    DataType.BIT_STRING: "0000101000",
    DataType.DOUBLE_LONG: -123_456,
    DataType.DOUBLE_LONG_UNSIGNED: 4_000_000_000,
    DataType.OCTET_STRING: b"\x00\x68\x16\xff",
    DataType.VISIBLE_STRING: "TOPS",
    DataType.UTF8_STRING: "电表",
    DataType.INTEGER: -5,
    DataType.LONG: -30_000,
    DataType.UNSIGNED: 200,
    DataType.LONG_UNSIGNED: 60_000,
    DataType.LONG64: -(2**40),
    DataType.LONG64_UNSIGNED: 2**63,
    DataType.ENUM: 3,
    DataType.FLOAT32: 1.5,
    DataType.FLOAT64: -0.1,
    DataType.DATE_TIME: MOMENT,
    DataType.DATE: Date(2024, 5, 20, 1),
    DataType.TIME: Time(8, 30, 59),
    DataType.DATE_TIME_S: SECOND,
    DataType.OI: 0x4000,
    DataType.OAD: ENERGY,
    DataType.ROAD: ROAD(DAILY, (ENERGY, CLOCK)),
    DataType.OMD: TRIP,
    DataType.TI: DAY,
    DataType.TSA: METER,
    DataType.MAC: b"\xa1\xb2\xc3\xd4",
    DataType.RN: bytes(range(16)),
    DataType.REGION: _TYPES,
    DataType.SCALER_UNIT: ScalerUnit(-2, 33),
    DataType.CSD: ROAD(DAILY, (ENERGY,)),
    DataType.SID: SIGNED.sid,
    DataType.SID_MAC: SIGNED,
    DataType.COMDCB: BAUD_9600_8E1,
    DataType.RCSD: COLUMNS,
}
LEAVES = tuple(Value(kind, value) for kind, value in _PLAIN.items())
VALUES: tuple[Value, ...] = (
    *LEAVES,
    *(Value(DataType.CSD, csd) for csd in (ENERGY,)),
    *(Value(DataType.RSD, rows) for rows in SELECTIONS),
    *(Value(DataType.MS, meters) for meters in METER_SETS),
    array(unsigned(1), unsigned(2)),
    array(),
    structure(*LEAVES),
    structure(structure(array(NULL)), structure()),
)
"""Every type at least once, every choice of RSD, MS and CSD, containers in containers."""

_TAG = TimeTag(SECOND, TI(1, 10))
_PIID = Piid(21, high=True)
_ACD = Piid(21, acd=True)
_FOUND = ResultNormal(ENERGY, array(double_long_unsigned(1_234_567), NULL))
_MISSING = ResultNormal(CLOCK, Dar.OBJECT_DOES_NOT_EXIST)
_ROW = (STAMP, array(double_long_unsigned(1_234_567), NULL))
_RECORD = ResultRecord(DAILY, COLUMNS, (_ROW, _ROW))
_NO_RECORD = ResultRecord(DAILY, (ENERGY,), Dar.REFUSED)
_QUERY = GetRecord(DAILY, Selector1(FREEZE_TIME, STAMP), COLUMNS)
_TASK_QUERY = GetRecord(TASK, Selector5(SECOND, AllMeters()), (FREEZE_TIME,))
_SET = Setting(CLOCK, STAMP)
_SET_GET = SetThenGet(CLOCK, STAMP, ENERGY, 5)
_SET_GET_DONE = SetThenGetResult(CLOCK, Dar.SUCCESS, _FOUND)
_ACTION = Action(TRIP, array(structure(Value(DataType.OAD, PORT), unsigned(1))))
_DONE = ActionResult(TRIP, Dar.SUCCESS, structure(unsigned(1)))
_ACTION_GET = ActionThenGet(TRIP, NULL, ENERGY, 5)
_ACTION_GET_DONE = ActionThenGetResult(TRIP, Dar.SUCCESS, NULL, _FOUND)
_LIMITS = Limits(1024, 2048, 1, 8000)
_CONFORMANCE = Conformance(0x16, bytes.fromhex("FFFFFFFFC0000000"), bytes(range(16)))
_FACTORY = "MAKR" + "V1.1" + "240101" + "H1.0" + "230101" + "EXTENDED"
_NORMALS, _RECORDS = FollowNormal((_FOUND, _MISSING)), FollowRecord((_RECORD, _NO_RECORD))
_MECHANISMS: tuple[Mechanism, ...] = (
    NullSecurity(),
    PasswordSecurity("00000000"),
    SymmetricSecurity(bytes(32), bytes(4)),
    SignatureSecurity(bytes(32), bytes(64)),
)
_INNER = build_apdu(GetNormalRequest(Piid(1), ENERGY))

APDUS: tuple[Apdu, ...] = (
    LinkRequest(_ACD, LinkKind.LOGIN, 180, MOMENT),
    LinkRequest(_ACD, LinkKind.HEARTBEAT, 180, MOMENT),
    LinkRequest(_ACD, LinkKind.LOGOUT, 180, MOMENT),
    LinkResponse(Piid(21), Verdict(2, clock_trusted=True), MOMENT, MOMENT, MOMENT),
    *(ConnectRequest(_PIID, _CONFORMANCE, _LIMITS, 7200, each, timetag=_TAG) for each in _MECHANISMS),
    ConnectResponse(
        _ACD,
        _FACTORY,
        _CONFORMANCE,
        _LIMITS,
        7200,
        0,
        SecurityData(bytes(48), bytes(4)),
        follow=_NORMALS,
        timetag=_TAG,
    ),
    ReleaseRequest(_PIID, timetag=_TAG),
    ReleaseResponse(_ACD, 0, follow=_RECORDS, timetag=_TAG),
    ReleaseNotification(_ACD, SECOND, LATER, follow=_NORMALS, timetag=_TAG),
    GetNormalRequest(_PIID, ENERGY, timetag=_TAG),
    GetListRequest(_PIID, (ENERGY, CLOCK), timetag=_TAG),
    *(GetRecordRequest(_PIID, GetRecord(TASK, rows, COLUMNS), timetag=_TAG) for rows in SELECTIONS),
    *(GetRecordRequest(_PIID, GetRecord(TASK, Selector10(1, meters), COLUMNS)) for meters in METER_SETS),
    GetRecordListRequest(_PIID, (_QUERY, _TASK_QUERY), timetag=_TAG),
    GetNextRequest(_PIID, 300, timetag=_TAG),
    GetMd5Request(_PIID, ENERGY, timetag=_TAG),
    GetNormalResponse(_ACD, _FOUND, follow=_NORMALS, timetag=_TAG),
    GetListResponse(_ACD, (_FOUND, _MISSING), follow=_RECORDS, timetag=_TAG),
    GetRecordResponse(_ACD, _RECORD, follow=_NORMALS, timetag=_TAG),
    GetRecordListResponse(_ACD, (_RECORD, _NO_RECORD), follow=_RECORDS, timetag=_TAG),
    GetNextResponse(_ACD, last=True, block=1, content=Dar.BLOCK_UNAVAILABLE, follow=_NORMALS, timetag=_TAG),
    GetNextResponse(_ACD, last=False, block=1, content=NormalBlock((_FOUND, _MISSING)), follow=_NORMALS, timetag=_TAG),
    GetNextResponse(_ACD, last=False, block=1, content=RecordBlock((_RECORD, _NO_RECORD)), follow=_NORMALS),
    GetMd5Response(_ACD, ENERGY, bytes(range(16)), follow=_NORMALS, timetag=_TAG),
    SetNormalRequest(_PIID, _SET, timetag=_TAG),
    SetListRequest(_PIID, (_SET, _SET), timetag=_TAG),
    SetThenGetRequest(_PIID, (_SET_GET, _SET_GET), timetag=_TAG),
    SetNormalResponse(_ACD, SetResult(CLOCK, Dar.REFUSED), follow=_NORMALS, timetag=_TAG),
    SetListResponse(_ACD, (SetResult(CLOCK, Dar.SUCCESS),) * 2, follow=_RECORDS, timetag=_TAG),
    SetThenGetResponse(_ACD, (_SET_GET_DONE,) * 2, follow=_NORMALS, timetag=_TAG),
    ActionNormalRequest(_PIID, _ACTION, timetag=_TAG),
    ActionListRequest(_PIID, (_ACTION, _ACTION), timetag=_TAG),
    ActionThenGetRequest(_PIID, (_ACTION_GET,) * 2, timetag=_TAG),
    ActionNormalResponse(_ACD, _DONE, follow=_NORMALS, timetag=_TAG),
    ActionListResponse(_ACD, (_DONE, ActionResult(TRIP, Dar.TIME_TAG_INVALID)), follow=_RECORDS, timetag=_TAG),
    ActionThenGetResponse(_ACD, (_ACTION_GET_DONE,) * 2, follow=_NORMALS, timetag=_TAG),
    ReportListNotification(_ACD, (_FOUND, _MISSING), follow=_NORMALS, timetag=_TAG),
    ReportRecordNotification(_ACD, (_RECORD, _NO_RECORD), follow=_RECORDS, timetag=_TAG),
    ReportTransNotification(_ACD, PORT, (b"\x68\x16", b"\xfe"), follow=_NORMALS, timetag=_TAG),
    ReportListResponse(_PIID, (ENERGY, CLOCK), timetag=_TAG),
    ReportRecordResponse(_PIID, (DAILY,), timetag=_TAG),
    ReportTransResponse(_PIID, timetag=_TAG),
    ProxyGetListRequest(_PIID, 60, (Target(METER, 30, (ENERGY, CLOCK)), Target(OTHER, 30, (ENERGY,))), timetag=_TAG),
    ProxyGetRecordRequest(_PIID, 60, METER, _QUERY, timetag=_TAG),
    ProxySetListRequest(_PIID, 60, (Target(METER, 30, (_SET, _SET)),), timetag=_TAG),
    ProxySetThenGetListRequest(_PIID, 60, (Target(METER, 30, (_SET_GET,)),), timetag=_TAG),
    ProxyActionListRequest(_PIID, 60, (Target(METER, 30, (_ACTION,)),), timetag=_TAG),
    ProxyActionThenGetListRequest(_PIID, 60, (Target(METER, 30, (_ACTION_GET,)),), timetag=_TAG),
    ProxyTransRequest(_PIID, PORT, BAUD_9600_8E1, 10, 200, b"\x68\x16", timetag=_TAG),
    ProxyGetListResponse(_ACD, (TargetResult(METER, (_FOUND, _MISSING)),) * 2, follow=_NORMALS, timetag=_TAG),
    ProxyGetRecordResponse(_ACD, METER, _RECORD, follow=_NORMALS, timetag=_TAG),
    ProxySetListResponse(_ACD, (TargetResult(METER, (SetResult(CLOCK, Dar.SUCCESS),)),), follow=_NORMALS, timetag=_TAG),
    ProxySetThenGetListResponse(_ACD, (TargetResult(METER, (_SET_GET_DONE,)),), follow=_RECORDS, timetag=_TAG),
    ProxyActionListResponse(_ACD, (TargetResult(METER, (_DONE,)),), follow=_NORMALS, timetag=_TAG),
    ProxyActionThenGetListResponse(_ACD, (TargetResult(METER, (_ACTION_GET_DONE,)),), follow=_NORMALS, timetag=_TAG),
    ProxyTransResponse(_ACD, PORT, b"\x68\x16", follow=_NORMALS, timetag=_TAG),
    ProxyTransResponse(_ACD, PORT, Dar.REQUEST_TIMEOUT),
    SecurityRequest(Plaintext(_INNER), SIGNED),
    SecurityRequest(Plaintext(_INNER), RandomNumber(bytes(range(16)))),
    SecurityRequest(Ciphertext(b"\x00\x01\x02"), RandomNumberMac(bytes(range(12)), b"\xa1\xb2\xc3\xd4")),
    SecurityRequest(Ciphertext(b"\x00\x01\x02"), SIGNED.sid),
    SecurityResponse(Plaintext(_INNER), Mac(b"\xa1\xb2\xc3\xd4")),
    SecurityResponse(Ciphertext(b"\x00\x01\x02"), SIGNED),
    SecurityResponse(Dar.ESAM_VERIFICATION_FAILED, None),
    ClientErrorResponse(_PIID, 1, timetag=_TAG),
    ServerErrorResponse(_ACD, 2, follow=_NORMALS, timetag=_TAG),
)
"""Every class at least once, every alternative of what is inside of them."""
