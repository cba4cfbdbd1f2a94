"""`make bench`: every bench, or those that are named: `python -m tests.bench answers`."""

import argparse
import re
import sys
from importlib import import_module
from pathlib import Path

import bot  # noqa: F401 - it limits numpy to one thread, which is too late when a bench has imported numpy before it

#: The modules here that have a `main()`. The others are imported by these, or are commands of their own.
BENCHES = tuple(
    path.stem
    for path in sorted(Path(__file__).parent.glob("[!_]*.py"))
    if re.search(r"^def main\(", path.read_text(encoding="utf-8"), re.MULTILINE)
)


def benches_in(arguments: list[str]) -> list[str]:
    """The benches that a command line names, or else all; a usage line and exit code 2 for a name that is none."""
    parser = argparse.ArgumentParser("python -m tests.bench", description="Measure the speed of the bot.")
    parser.add_argument("bench", nargs="*", help=f"{', '.join(BENCHES)}; without any, all of them")
    named: list[str] = parser.parse_args(arguments).bench
    if unknown := [name for name in named if name not in BENCHES]:
        parser.error(f"there is no bench “{unknown[0]}”; there are {', '.join(BENCHES)}")
    return named or list(BENCHES)


if __name__ == "__main__":
    for bench in benches_in(sys.argv[1:]):
        import_module(f"tests.bench.{bench}").main()
