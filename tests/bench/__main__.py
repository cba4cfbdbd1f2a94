"""`make bench`: every module here that has a `main()`, or those that are named: `python -m tests.bench answers`."""

import sys
from importlib import import_module
from pathlib import Path

import bot  # noqa: F401 - it limits numpy to one thread, which is too late when a bench has imported numpy before it


def run(names: list[str]) -> None:
    """Run the named benches, or else all of them."""
    for name in names or sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py")):
        bench = import_module(f"tests.bench.{name}")
        if hasattr(bench, "main"):
            bench.main()


if __name__ == "__main__":
    run(sys.argv[1:])
