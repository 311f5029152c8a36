"""Prove that a test is found where its source is, and the other way round."""

from pathlib import Path

from tests.tidy.tree import ROOT, list_files

# Folders of tests that belong to no single file, because they cut across many.
CROSS_CUTTING = {"agents", "contracts", "crash", "e2e", "plugins", "tidy"}


def find_counterpart(test: Path) -> list[Path]:
    """Find where the source of a test may be.

    tests/engine/test_writer.py speaks of src/orch/engine/writer.py, or of the package of that
    name; where one file's tests fill several, they lie in a folder named after it:
    tests/engine/writer/test_retry.py.
    """
    folder = Path("src/orch", *test.parts[1:-1])
    name = test.stem.removeprefix("test_")
    return [folder / f"{name}.py", folder / name / "__init__.py", folder.with_suffix(".py")]


def test_each_test_mirrors_a_source_file() -> None:
    """Every test file outside the cross-cutting folders has the source file it speaks of."""
    tests = [p for p in list_files() if p.parts[0] == "tests" and p.name.startswith("test_")]
    mirrored = [test for test in tests if test.parts[1] not in CROSS_CUTTING]
    lost = [t for t in mirrored if not any((ROOT / p).is_file() for p in find_counterpart(t))]
    faults = [f"{t}:1: no {find_counterpart(t)[0]}" for t in lost]
    assert not faults, "\n".join(faults)
