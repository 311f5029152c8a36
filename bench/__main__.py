"""Runs the benchmarks: `python -m bench [NAME ...] [--quick | --full] [--into FOLDER]`."""

import argparse
import sys
from pathlib import Path

from bench.machine import describe
from bench.report import PAGE, Lines, write_page, write_table
from bench.runner import NAMES, Runner

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Measure what was asked for; return 1 if a benchmark failed. A missed aim is no failure."""
    parser = _parser()
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(NAMES)):
        parser.error(f"no benchmark is called {unknown[0]}; there are: {', '.join(NAMES)}")
    names = given.names or NAMES
    machine = describe()
    runner = Runner(lines=Lines(given.into), quick=given.quick, full=given.full)
    sections = [runner.run(name) for name in names]
    print(f"\n{write_table([figure for section in sections for figure in section.figures])}")
    for section in sections:
        for what, why in section.left_out:
            print(f"not measured: {section.title}, {what} ({why})")
    if set(names) == set(NAMES) and not given.quick:
        page = given.into / PAGE
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(write_page(machine, sections), encoding="utf-8")
        print(f"\nwrote {PAGE}")
    failed = [section.title for section in sections if section.failure]
    return _complain(failed) if failed else 0


def _complain(failed: list[str]) -> int:
    print(f"failed: {'; '.join(failed)}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)}")
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument(
        "--quick", action="store_true", help="see that it works; the figures are poor"
    )
    depth.add_argument("--full", action="store_true", help="fill the big store to the brim")
    parser.add_argument("--into", type=Path, default=ROOT, help="where docs/ and .cache/ are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
