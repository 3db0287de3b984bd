"""Which changes are told upwards, and which room looks at them.

A lower room never calls up. When it has changed something that others decide on, it says so with
:meth:`Tx.changed` in the same transaction; each room that subscribes to the kind finds a mark for that account,
and its worker looks at the *present* facts. So a change told twice, or late, costs a look and changes nothing.
"""

from enum import StrEnum


class Room(StrEnum):
    """The rooms that take marks."""

    SETTLE = "settle"
    STRATEGY = "strategy"


class Fact(StrEnum):
    """Kinds of change that others decide on."""

    READING = "reading"  # a reading came late, was corrected, or the meter was changed
    FEE = "fee"  # the estimated fee of an account changed
    MONEY = "money"  # a payment, bill, adjustment or credit was posted
    ARCHIVE = "archive"  # strategy numbers, a flag, an agreement, the class or the price changed
    RECEIPT = "receipt"  # a message ended: delivered, failed, expired
    APPROVAL = "approval"  # a proposal was signed, rejected or lapsed
    COMMAND = "command"  # a relay command ended or was sent
    RELAY = "relay"  # a relay was read in a state that was not expected
    LIVE_READ = "live_read"  # a wished live read has its result
    CASE = "case"  # a case was opened or closed, a site job was done


SUBSCRIBERS: dict[Fact, tuple[Room, ...]] = {
    Fact.READING: (Room.SETTLE,),
    Fact.FEE: (Room.STRATEGY,),
    Fact.MONEY: (Room.STRATEGY,),
    Fact.ARCHIVE: (Room.SETTLE, Room.STRATEGY),
    Fact.RECEIPT: (Room.STRATEGY,),
    Fact.APPROVAL: (Room.STRATEGY,),
    Fact.COMMAND: (Room.STRATEGY,),
    Fact.RELAY: (Room.STRATEGY,),
    Fact.LIVE_READ: (Room.STRATEGY,),
    Fact.CASE: (Room.STRATEGY,),
}
