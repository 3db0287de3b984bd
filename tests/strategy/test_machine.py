"""The account state machine is the business table, in the business order."""

from headend.strategy.machine import BY_COMPARISON, MOVES, State, document, mermaid

PRE_CUT = "ARREARS PENDING_APPROVAL NOTICED CUT_SCHEDULED"
FROM_NOTICE = "PENDING_APPROVAL NOTICED CUT_SCHEDULED CUT_ORDERED"
BALANCED = "NORMAL REMINDED WARNED"
ETC = f"{BALANCED} ARREARS"

BUSINESS = {
    "T01": ("PENDING_ENROL", "NORMAL"),
    "T02": ("NORMAL", "REMINDED"),
    "T03": ("NORMAL REMINDED", "WARNED"),
    "T05": (BALANCED, "ARREARS"),
    "T06": ("REMINDED WARNED ARREARS", BALANCED),
    "T07": ("ARREARS", "PENDING_APPROVAL"),
    "T08": ("PENDING_APPROVAL", "NOTICED"),
    "T09": ("PENDING_APPROVAL", "ARREARS"),
    "T10": ("ARREARS", "NOTICED"),
    "T12": ("NOTICED", "CUT_SCHEDULED"),
    "T13": ("CUT_SCHEDULED", "CUT_ORDERED"),
    "T14": (FROM_NOTICE, BALANCED),
    "T15": (FROM_NOTICE, "ARREARS"),
    "T16": ("CUT_ORDERED CUT_FAILED", "CUT"),
    "T17": ("CUT_ORDERED", "CUT_FAILED"),
    "T18": ("CUT_FAILED", "CUT_SCHEDULED"),
    "T19": ("CUT_ORDERED CUT_FAILED", "RESTORE_DUE"),
    "T20": ("CUT", "RESTORE_DUE"),
    "T21": ("RESTORE_DUE", "RESTORE_ORDERED"),
    "T23": ("RESTORE_ORDERED RESTORE_FAILED", ETC),
    "T24": ("RESTORE_ORDERED RESTORE_FAILED", "AWAIT_KEY"),
    "T25": ("AWAIT_KEY", ETC),
    "T26": ("RESTORE_ORDERED AWAIT_KEY", "RESTORE_FAILED"),
    "T27": ("RESTORE_ORDERED RESTORE_FAILED AWAIT_KEY", ETC),
    "T28": ("CUT_ORDERED CUT CUT_FAILED RESTORE_DUE AWAIT_KEY RESTORE_FAILED", "RESTORE_ORDERED"),
    "T33": ("PENDING_APPROVAL NOTICED CUT_SCHEDULED", "ARREARS"),
    "T34": ("CUT_ORDERED", "CUT_SCHEDULED"),
    "T35": ("NOTICED CUT_SCHEDULED", "ARREARS"),
    "T36": (f"{BALANCED} {PRE_CUT}", "RESTORE_DUE"),
    "T37": ("CUT", ETC),
}
"""Moves between two states. T15 and T33 from ARREARS, and T28 from RESTORE_ORDERED, stay where they are."""

STAYING = {"T04", "T11", "T22", "T29", "T30", "T31"}


def states(words: str) -> frozenset[State]:
    """Read states by their names."""
    return frozenset(State(word) for word in words.split())


def test_moves_are_those_of_the_business() -> None:
    """Every move goes between exactly the states that the business table names."""
    assert {i: (m.source, m.target) for i, m in MOVES.items() if m.target and i != "T32"} == {
        i: (states(source), states(target)) for i, (source, target) in BUSINESS.items()
    }


def test_every_id_is_there() -> None:
    """The table has T01 to T37; those that change no state only act."""
    assert sorted(MOVES) == [f"T{n:02}" for n in range(1, 38)]
    assert {i for i, m in MOVES.items() if not m.target} == STAYING
    assert MOVES["T32"].source == frozenset(State) - {State.CLOSED}


def test_order_of_the_moves() -> None:
    """A person's restore goes first, then restores, then payments, then cuts; proposals and notices go last."""
    order = list(MOVES)
    business = ["T28", *(f"T{n}" for n in range(19, 28)), "T36", "T37", "T14", "T15", "T33", "T34", "T35", "T16"]
    business += ["T17", "T18", "T06", "T05", "T03", "T02", *(f"T{n:02}" for n in range(7, 14)), "T32"]
    assert order[: len(business)] == business


def test_the_program_keeps_cuts_and_restores_to_itself() -> None:
    """T13 to T28 and T33 to T37 are reserved; no file can order a cut or hinder a restore."""
    reserved = {i for i, m in MOVES.items() if m.reserved}
    assert reserved == {f"T{n}" for n in (*range(13, 29), *range(33, 38))}
    assert all(State.CUT_ORDERED not in m.target for i, m in MOVES.items() if i not in reserved)


def test_every_state_has_a_way_on() -> None:
    """No state but CLOSED is a dead end, and each can be reached."""
    for state in State:
        assert state is State.CLOSED or any(state in m.source for m in MOVES.values())
        assert state is State.PENDING_ENROL or any(state in m.target for m in MOVES.values())


def test_draws_itself() -> None:
    """The documentation shows every move of the table, and the diagram every arrow."""
    text = document()
    assert all(f"| {i} |" in text for i in MOVES)
    assert "CUT_SCHEDULED --> CUT_ORDERED: T13" in mermaid()
    assert mermaid().count("-->") == len(
        {(a, b) for m in MOVES.values() if m.id != "T32" for a in m.source for b in m.target}
    )


def test_comparison_names_a_state() -> None:
    """Each result of the comparison stands for one state."""
    assert set(BY_COMPARISON.values()) == states(ETC)
