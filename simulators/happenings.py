"""What befalls the meters of a village in its run (`[[stories.happens]]`): each act at its instant, by hand."""

from clock import Clock
from simulators.errors import ActError
from simulators.meter import do
from simulators.people import Diary, Refused
from simulators.village import Happening, Home, Village

__all__ = ["let_happen"]


def let_happen(clock: Clock, village: Village, diary: Diary) -> None:
    """Do now what has no instant, or one that is over, and the rest when it is due; what a meter refuses is noted."""
    for home in village.homes:
        for happening in home.happens:
            if happening.at is None or happening.at <= clock.now():
                _happen(clock, home, happening, diary)
            else:
                clock.spawn(_wait(clock, home, happening, diary), name=f"{home.meter.address}, {happening.act}")


async def _wait(clock: Clock, home: Home, happening: Happening, diary: Diary) -> None:
    assert happening.at is not None, "what has no instant is done at once"
    await clock.sleep_until(happening.at)
    _happen(clock, home, happening, diary)


def _happen(clock: Clock, home: Home, happening: Happening, diary: Diary) -> None:
    try:
        do(home.meter, clock.now(), happening.act, happening.arguments)
    except ActError as error:
        reason = str(error).removeprefix(f"{happening.act}: ")
        diary.refusals.append(Refused(home.account, happening.act, reason, clock.now()))
