"""The one table of acts: what may be done at the desk, by whom (岗位权限), with which arguments."""

from collections.abc import Callable, Mapping
from typing import Any

from headend.desk import (
    collecting,
    corrections,
    customers,
    cuts,
    fieldwork,
    imports,
    linking,
    links,
    meters,
    money,
    orders,
    system,
)
from headend.desk.model import Act, Arguments, NoArguments, Role, Target, Way

R = Role

STAFF = frozenset(Role) - {R.CHANNEL}
READERS = STAFF - {R.VIEW}
"""Who sees single customers; the leadership's board (VIEW) sees figures."""

APPROVERS = frozenset({R.APPR_1, R.APPR_2, R.MGR})
TECHNICAL = frozenset({R.ACQ, R.OPR, R.CS, R.FEE, R.AM, R.TECH, R.AUDIT})
FIELD_KEEPERS = frozenset({R.ACQ, R.OPR, R.TECH})
"""Who looks after links and rounds."""
CALLERS_OF_CUSTOMERS = frozenset({R.OPR, R.CS, R.FEE, R.AM, R.TECH, R.COUNTER})


def _of(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


Row = tuple[str, Way, frozenset[Role], type[Arguments], Callable[..., Any]]

_TABLE: tuple[Row, ...] = (
    ("pay", Way.WRITE, _of(R.COUNTER, R.CHANNEL), money.Pay, money.pay),
    ("work_list", Way.READ, READERS, cuts.WorkList, cuts.work_list),
    ("sign", Way.WRITE, APPROVERS, cuts.Sign, cuts.sign),
    ("correction_sign", Way.WRITE, _of(R.BILL, R.APPR_2), corrections.CorrectionSign, corrections.sign),
    ("restore", Way.WRITE, _of(R.OPR, R.MGR), cuts.Restore, cuts.restore),
    ("hold", Way.WRITE, frozenset(cuts.HOLD_HOURS), cuts.Hold, cuts.hold),
    ("stop", Way.WRITE, _of(R.OPR, R.MGR), cuts.Switch, cuts.stop),
    ("resume", Way.WRITE, _of(R.MGR), cuts.Switch, cuts.resume),
    ("mass_check", Way.READ, STAFF, NoArguments, cuts.mass_check),
    ("mass_release", Way.WRITE, _of(R.MGR), cuts.MassRelease, cuts.mass_release),
    ("accounts", Way.READ, READERS, customers.AccountsOf, customers.accounts),
    ("account", Way.READ, READERS, customers.One, customers.account),
    ("explain", Way.READ, READERS, customers.One, customers.explain),
    ("messages", Way.READ, READERS, customers.One, customers.messages),
    ("contact_reveal", Way.WRITE, CALLERS_OF_CUSTOMERS, customers.Reveal, customers.contact_reveal),
    ("work_orders", Way.READ, READERS, orders.WorkOrders, orders.work_orders),
    ("work_close", Way.WRITE, READERS - {R.ADMIN}, orders.WorkClose, orders.work_close),
    ("onsite_closed", Way.WRITE, _of(R.TECH, R.OPR), orders.OnsiteClosed, orders.onsite_closed),
    ("read", Way.LIVE, TECHNICAL, fieldwork.Read, fieldwork.read),
    ("relay_status", Way.LIVE, TECHNICAL | {R.MGR}, Target, fieldwork.relay_status),
    ("event_read", Way.LIVE, TECHNICAL, fieldwork.EventRead, fieldwork.event_read),
    ("events", Way.READ, READERS, links.Events, links.events),
    ("links", Way.LIVE, STAFF, NoArguments, links.links),
    ("link_show", Way.LIVE, READERS, links.OneLink, links.link_show),
    ("link_drop", Way.LIVE, FIELD_KEEPERS, links.LinkDrop, links.link_drop),
    ("collect_status", Way.READ, STAFF, collecting.DayOf, collecting.collect_status),
    ("collect_run", Way.LIVE, FIELD_KEEPERS, collecting.CollectRun, collecting.collect_run),
    ("collect_watch", Way.LIVE, STAFF, collecting.CollectWatch, collecting.collect_watch),
    ("collect_import", Way.LIVE, _of(R.ACQ, R.BILL), collecting.CollectImport, collecting.collect_import),
    ("readings", Way.READ, READERS, collecting.Readings, collecting.readings),
    ("archive_import", Way.LIVE, _of(R.ADMIN, R.FEE), imports.ArchiveImport, imports.archive_import),
    ("meter_profile", Way.LIVE, _of(R.ADMIN, R.FEE), meters.MeterProfile, meters.meter_profile),
    ("generation", Way.WRITE, _of(R.ADMIN, R.FEE), meters.Generation, meters.generation),
    ("link_endpoint", Way.LIVE, _of(R.ADMIN, R.FEE), linking.LinkEndpoint, linking.link_endpoint),
    ("status", Way.READ, STAFF, NoArguments, system.status),
    ("whoami", Way.READ, frozenset(Role), NoArguments, system.whoami),
    ("selfcheck", Way.READ, STAFF, system.SelfCheck, system.selfcheck),
    ("trail", Way.READ, _of(R.AUDIT, R.ADMIN, R.MGR), system.TrailOf, system.trail_of),
)

ACTS: Mapping[str, Act] = {
    name: Act(name, roles, arguments, function, way) for name, way, roles, arguments, function in _TABLE
}
"""Act by name."""
