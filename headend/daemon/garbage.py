"""Python's collector of cyclic garbage, made to fit a process that holds many questions at a time."""

import gc

YOUNG = 50_000
"""New objects, less those that went, after which the collector looks for cycles among them."""


def spare_the_collector() -> None:
    """Leave what there is by now out of every collection, and collect more seldom; to be called once, at the start.

    What a question makes goes by its reference counts: 20,000 polls left 54 objects in cycles, all of them of the
    start. But Python's own threshold of 700 has the collector walk all that the questions under way hold every hundred
    polls, which was a quarter of what a poll costs: 37 µs of 144, now 5 of 106 (1000 links at a time,
    ``gc.callbacks`` around ``bench/polls.py``).
    Frozen are modules and tables, some hundred thousand objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
