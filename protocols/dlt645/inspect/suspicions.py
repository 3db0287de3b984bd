"""What looks odd in a frame that is formally in order."""

from protocols.dlt645.inspect.words import Words
from protocols.dlt645.items.identifiers import find
from protocols.dlt645.items.profile import Profile
from protocols.dlt645.messages import Message
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.frame import Frame

_SIZE = 4


def suspicions(frame: Frame, wire: bytes, message: Message | None, profile: Profile) -> tuple[Words, ...]:
    """Say what a sender seems to have done wrong with the identifier of a message.

    ``wire`` is the data field with its mask. A data field that went out without it, or an identifier with its
    highest byte first, names nothing the table knows until it is read that way.
    """
    di = getattr(message, "di", None)
    if not isinstance(di, DI) or find(di, profile) is not None or len(wire) < _SIZE:
        return ()
    bare = DI(int.from_bytes(wire[:_SIZE], "little"))
    turned = DI(int.from_bytes(frame.data[:_SIZE], "big"))
    if find(bare, profile) is not None:
        return (
            Words(
                f"the data seem to have been sent without +33H: as they are on the wire they name {bare}",
                f"数据域可能未加33H发送: 线路上的字节即标识{bare}",
            ),
        )
    if find(turned, profile) is not None:
        return (
            Words(
                f"the identifier seems to have been sent with its highest byte first: turned round it is {turned}",
                f"数据标识可能高字节在前发送: 倒序为{turned}",
            ),
        )
    return ()
