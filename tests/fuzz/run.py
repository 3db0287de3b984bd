"""Fuzz both protocols under coverage: ``make fuzz [SECONDS=60] [TARGET=frames]``.

Every target runs for the given time in a process of its own, on what `corpus.txt` and earlier runs have found. Work
lies in var/fuzz, an input that breaks a promise there as ``finding-…``. ``--pack`` minimises what was found and
writes it back into `corpus.txt`, which the ordinary tests replay.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.corpus import pack, read_corpus, thinned

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "var" / "fuzz"
LIMITS = ("-rss_limit_mb=1024", "-malloc_limit_mb=256", "-timeout=10", "-max_len=560", "-print_final_stats=1")
"""No input may take 10 s or make one allocation of 256 MB; two long frames and some choices fit 560 bytes."""
KEPT, KEPT_CHARACTERS = 150, 15_000
"""Inputs of a target that go into the corpus of the tests at most, the shortest of those that reach the most."""

_DONE = re.compile(r"#(\d+)\s+(?:DONE|INITED|pulse|NEW|REDUCE)\s+cov: (\d+) ft: (\d+) corp: (\d+)")
_ERROR = re.compile(r"=== Uncaught Python exception: ===\n(.*?)\n\n|(?m:^(SUMMARY: .*)$)", re.DOTALL)
_COUNT = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


def say(words: str) -> None:
    """Tell how it goes."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def fuzz_one(name: str, arguments: Sequence[str]) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris  # noqa: PLC0415  only here: nothing else may need it

    with atheris.instrument_imports(include=["protocols"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415  it is instrumented as it is imported

    again = f"{sys.executable} -m tests.fuzz.run --in-process {name}"  # what a merge starts, through a shell
    atheris.Setup([again, *arguments], TARGETS[name])
    atheris.Fuzz()


def names() -> tuple[str, ...]:
    """Names of all targets."""
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415  a process that fuzzes must import it instrumented

    return tuple(TARGETS)


def folder(name: str) -> Path:
    """Inputs of a target found so far, those of the packed corpus among them."""
    inputs = WORK / name / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    from tests.fuzz.seeds import seeds  # noqa: PLC0415  as in `names`

    for data in [*read_corpus().get(name, ()), *seeds().get(name, ())]:
        (inputs / sha256(data).hexdigest()[:40]).write_bytes(data)
    return inputs


def run(name: str, arguments: Sequence[str]) -> tuple[int, str]:
    """Run the fuzzer on a target; gives its exit code and what it said."""
    command = [sys.executable, "-m", "tests.fuzz.run", "--in-process", name, *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    return ran.returncode, ran.stdout + ran.stderr


def fuzz(name: str, seconds: int) -> bool:
    """Fuzz a target and tell what came of it; whether no input broke a promise."""
    inputs = folder(name)
    before = len(list(inputs.iterdir()))
    prefix = f"-artifact_prefix={inputs.parent}/finding-"
    code, said = run(name, [*LIMITS, prefix, f"-max_total_time={seconds}", str(inputs)])
    (inputs.parent / "log.txt").write_text(said, encoding="utf-8")
    runs, reached = _COUNT.findall(said), _DONE.findall(said)
    covered = f"{reached[-1][1]} edges, {reached[-1][2]} features" if reached else "nothing reached"
    found = len(list(inputs.iterdir())) - before
    say(f"{name:<14} {int(runs[-1]) if runs else 0:>9} runs  {covered}, {found} new inputs")
    if code:
        say(_ERROR.findall(said)[0][0] if _ERROR.search(said) else said[-1500:])
        say(f"  the input is in {inputs.parent}, all that was said in log.txt beside it")
    return not code


def minimise(name: str) -> list[bytes]:
    """Give the inputs that reach all that was reached, the shortest first."""
    inputs, least = folder(name), WORK / name / "least"
    least.mkdir(exist_ok=True)
    for old in least.iterdir():
        old.unlink()
    code, said = run(name, ["-merge=1", *LIMITS, str(least), str(inputs)])
    if code:
        raise SystemExit(f"merging {name} failed:\n{said[-2000:]}")
    return sorted((path.read_bytes() for path in least.iterdir()), key=lambda data: (len(data), data))


def main() -> int:
    """Fuzz what the command line says."""
    if sys.argv[1:2] == ["--in-process"]:
        fuzz_one(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="time for each target (default 60)")
    parser.add_argument("--target", choices=names(), action="append", help="only this one; may be repeated")
    parser.add_argument("--pack", action="store_true", help="write what was found into the corpus of the tests")
    given = parser.parse_args()
    if find_spec("atheris") is None:
        parser.exit(1, "atheris is missing; it comes for Linux on x86-64 and Python 3.11 to 3.13 only\n")
    targets = given.target or names()
    if given.pack:
        kept = read_corpus() | {name: thinned(minimise(name), KEPT, KEPT_CHARACTERS) for name in targets}
        pack(kept)
        say("\n".join(f"{name:<14} {len(kept[name])} inputs reach what was reached" for name in targets))
        return 0
    say(f"{len(targets)} targets for {given.seconds} s each; what is found stays in {WORK.relative_to(ROOT)}")
    good = [fuzz(name, given.seconds) for name in targets]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
