"""The generated pages say what the code says."""

from pathlib import Path

from orch.testing.docs import outdated

ROOT = Path(__file__).resolve().parents[2]


def test_generated_pages_are_current() -> None:
    """`make docs` would change nothing."""
    assert outdated(ROOT) == []
