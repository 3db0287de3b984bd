"""What an empty database is given, and what one in use keeps."""

from headend import settle
from headend.config import defaults
from headend.daemon.daemon import apply_defaults
from tests.rooms import Bench


def test_an_empty_database_is_given_everything(bench: Bench) -> None:
    """Prices, strategies, rules and templates come with the program."""
    assert bench.write(apply_defaults)
    assert bench.read(settle.newest_version) > 0
    assert not bench.write(apply_defaults)


def test_what_operators_changed_survives_a_restart(bench: Bench) -> None:
    """A price that was changed in the database is not set back by the file of the program."""
    bench.write(apply_defaults)
    text = (defaults() / "prices.toml").read_text("utf-8")
    assert bench.write(settle.load_prices, text.replace("0.5469", "0.5470"))
    changed = bench.read(settle.newest_version)
    bench.write(apply_defaults)
    assert bench.read(settle.newest_version) == changed
