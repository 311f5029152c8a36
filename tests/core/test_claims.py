"""Claims: what a task says of files, and when two can mean the same one."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from orch.core.claims import claim_of, overlap
from orch.core.patterns import matches
from orch.core.task import Scope
from tests.core.build import task


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("src/a.py", "src/a.py", True), ("src/a.py", "src/b.py", False),
        ("src/", "src/a.py", True), ("src/a/", "src/b/", False), ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/a.md", False), ("src/*.py", "src/*.md", False),
        ("src/a*.py", "src/*b.py", True), ("**/x.py", "src/a.py", True),
        ("*.md", "docs/a.md", True),
        ("*.md", "src/a.py", False),
        ("README.md", "docs/README.md", True), ("docs/", "docs", True),
        ("README.md", "src/", False), ("*", "src/a.py", True), ("/", "src/a.py", True),
    ],
)  # fmt: skip
def test_patterns_overlap_or_not(one: str, other: str, *, same: bool) -> None:
    """In both directions."""
    assert overlap(one, other) is overlap(other, one) is same


PARTS = st.sampled_from(["a", "b", "a.py", "b.py", "*.py", "a*", "**"])
ANCHORED = st.lists(PARTS, min_size=2, max_size=3).map("/".join)


FILES = st.lists(st.sampled_from(["a", "b", "a.py", "ab.py"]), min_size=2, max_size=4)


@given(one=ANCHORED, other=ANCHORED, path=FILES.map("/".join))
def test_what_both_match_overlaps(one: str, other: str, path: str) -> None:
    """No collision of anchored patterns is missed."""
    if matches(path, [one]) and matches(path, [other]):
        assert overlap(one, other)


def test_a_scope_is_taken_at_its_word() -> None:
    """The prompt does not matter then; what is taken out again is left out."""
    made = replace(task(), prompt="see docs/x.md", scope=Scope(allowed=("src/", "!src/gen/")))
    assert (claim_of(made).patterns, claim_of(made).named) == (("src/",), False)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Mend src/app/main.py and README.md, please.", ("src/app/main.py", "README.md")),
        ("In `lib/` (see ./lib/x.c)", ("lib/", "lib/x.c")),
        ("https://example.com/a/b.html is down, e.g. at 3.5", ()),
        ("Version 1.2.3 of node", ()),
        ("and/or", ("and/or",)),
        ("nothing at all", ()),
    ],
)
def test_words_name_files(words: str, found: tuple[str, ...]) -> None:
    """What has a slash or an ending is taken for a file, addresses and numbers are not."""
    assert claim_of(replace(task(), title="x", prompt=words)).patterns == found
