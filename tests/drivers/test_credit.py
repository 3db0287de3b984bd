"""The property that everything rests on: an answer is never credited to another question or meter."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.link import Answered, Exchange, LinkLimits, Outcome, Rank
from protocols import dlt645, dlt698
from tests.drivers.peers import (
    Office,
    Peer,
    answer_645,
    apdu_in,
    ask_645,
    ask_698,
    get_response,
    in_office,
)

PATIENCE = 3.0
LATEST = PATIENCE + (LinkLimits().late_answer - LinkLimits().raw_frame).total_seconds() - 0.2
LATEST_COPY = 1.0  # far enough from the two seconds that noise in front cannot carry it beyond them


@dataclass(frozen=True)
class Ask:
    """A question, asked some time after the one before, and perhaps given up."""

    meter: str
    item: str
    rank: Rank
    after: float
    cancelled_after: float | None
    go: bool | None


@dataclass(frozen=True)
class Device:
    """What the device does with a request: the moment of its answer, a second copy, noise before it, an echo first."""

    delay: float
    copy_after: float | None
    noise: bytes
    refuses: bool
    silent: bool
    echoed: slice | None


delays = st.sampled_from([0.05, 0.3, 1.0, 2.5, 3.0, 3.5, 6.0, 9.0, LATEST])
asks = st.lists(
    st.builds(
        Ask,
        st.sampled_from(["000000003001", "000000003002"]),
        st.sampled_from(["04000503", "00010000"]),
        st.sampled_from(Rank),
        st.sampled_from([0.0, 0.0, 0.5, 4.0, 20.0]),
        st.none() | delays,
        st.sampled_from([None, None, True, False]),
    ),
    min_size=1,
    max_size=12,
)
devices = st.lists(
    st.builds(
        Device,
        delays,
        st.none() | st.floats(0.01, LATEST_COPY),
        st.sampled_from([b"", b"", b"\x68", b"\x68\x01\x02\x03\x04\x05\x06\x68\x91\xff", b"\xfe\xfe\x00"]),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([None, None, slice(None), slice(6, None), slice(9)]),
    ),
    min_size=1,
    max_size=6,
)


@dataclass
class Log:
    """Which number was given to the request that came at an instant, and the words of it."""

    given: dict[datetime, tuple[int, object]]


async def raw_device(office: Office, peer: Peer, script: list[Device], log: Log) -> None:
    """Play a line of meters: each request gets a number of its own."""
    number = 0
    receiver = dlt645.Receiver()
    while True:
        for event in receiver.receive(await peer.inbox.get()):
            assert isinstance(event, dlt645.FrameReceived)
            request = dlt645.parse_message(event.frame)
            assert isinstance(request, dlt645.ReadRequest)
            number += 1
            words = (event.frame.address.digits, str(request.di))
            assert office.clock.now() not in log.given
            log.given[office.clock.now()] = number, words
            act = script[number % len(script)]
            if act.echoed is not None:
                peer.send(dlt645.build_frame(event.frame)[act.echoed])
            answer = answer_645(*words, number.to_bytes(4, "big"))
            if act.refuses:
                refusal = dlt645.Refusal(dlt645.Function.READ, b"\x02")
                answer = dlt645.build_frame(dlt645.build_message(event.frame.address, refusal))
            office.clock.spawn(play(office, peer, act, answer), name="answer")


async def numbered_device(office: Office, peer: Peer, script: list[Device], log: Log) -> None:
    """Play a concentrator: each request gets a number of its own."""
    number = 0
    while True:
        request = apdu_in(await peer.inbox.get())
        assert isinstance(request, dlt698.GetNormalRequest)
        number += 1
        assert office.clock.now() not in log.given
        log.given[office.clock.now()] = number, request.piid.number
        act = script[number % len(script)]
        answer = get_response(request.piid.number, number)
        office.clock.spawn(play(office, peer, act, answer), name="answer")


async def play(office: Office, peer: Peer, act: Device, answer: bytes) -> None:
    """Send the answer, its noise and its copy, none of it later than the longest delay."""
    if act.silent:
        return
    began = office.clock.now()
    await office.clock.sleep(act.delay)
    peer.send(act.noise + answer)
    if act.copy_after is not None:
        bound = LATEST_COPY if act.delay < PATIENCE else LATEST - act.delay
        await office.clock.sleep(min(act.copy_after, bound))
        peer.send(answer)
    assert office.clock.now() - began <= timedelta(seconds=LATEST)


async def ask_all(office: Office, script: list[Ask], exchanges: list[Exchange]) -> list[Outcome | None]:
    """Ask as the script says; None for what was given up."""

    async def one(ask: Ask, exchange: Exchange) -> Outcome | None:
        async def go() -> bool:
            return bool(ask.go)

        task = office.clock.spawn(
            office.links.ask(exchange, None if ask.go is None else go), name=f"asker {exchange.rank.name}"
        )
        if ask.cancelled_after is None:
            return await office.clock.wait(task)
        await office.clock.sleep(ask.cancelled_after)
        await office.clock.cancel(task)
        return None if task.cancelled() else task.result()

    tasks = []
    for ask, exchange in zip(script, exchanges, strict=True):
        await office.clock.sleep(ask.after)
        tasks.append(office.clock.spawn(one(ask, exchange), name="one"))
    return [await office.clock.wait(task) for task in tasks]


@settings(max_examples=200, deadline=None)
@given(script=asks, acts=devices)
def test_answer_on_a_raw_line_is_credited_to_its_question(script: list[Ask], acts: list[Device]) -> None:
    """Whatever the ranks, cancellations, late answers, copies, refusals and noise: the frame is the question's own."""

    async def story(office: Office) -> None:
        log = Log({})
        peer = await office.dtu()
        device = office.clock.spawn(raw_device(office, peer, acts, log), name="device")
        exchanges = [ask_645(office, ask.meter, ask.item, ask.rank, patience=PATIENCE) for ask in script]
        for ask, outcome in zip(script, await ask_all(office, script, exchanges), strict=True):
            if not isinstance(outcome, Answered):
                continue
            number, words = log.given[outcome.sent_at]
            assert words == (ask.meter, ask.item)
            assert acts[number % len(acts)].delay <= PATIENCE
            frame = dlt645.parse_frame(outcome.frame)
            assert frame.address.digits == ask.meter
            if acts[number % len(acts)].refuses:
                assert frame.control.abnormal
            else:
                assert frame.data[4:] == number.to_bytes(4, "big")
        assert not device.done()

    in_office(story, LinkLimits(missed_heartbeats=100))


@settings(max_examples=100, deadline=None)
@given(script=asks, acts=devices)
def test_answer_of_a_concentrator_is_credited_to_its_question(script: list[Ask], acts: list[Device]) -> None:
    """The same by service numbers, which wrap around while late answers are still under way.

    A second copy of an answer is nobody's for as long as 64 other questions; here the numbers wrap after three.
    """
    acts = [replace(act, copy_after=None) for act in acts]

    async def story(office: Office) -> None:
        log = Log({})
        peer = await office.concentrator()
        device = office.clock.spawn(numbered_device(office, peer, acts, log), name="device")
        piids = [index % 3 for index in range(len(script))]
        exchanges = [
            ask_698(office, piid, ask.rank, patience=PATIENCE) for piid, ask in zip(piids, script, strict=True)
        ]
        outcomes = await ask_all(office, script, exchanges)
        for piid, outcome in zip(piids, outcomes, strict=True):
            if isinstance(outcome, Answered):
                number, asked = log.given[outcome.sent_at]
                assert asked == piid
                assert outcome.frame == get_response(piid, number)
        assert not device.done()

    in_office(story, LinkLimits(missed_heartbeats=100))
