"""The arithmetic of lines and paths behind invariant I5."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.adapters.landers.accounting import Agreement, Difference, agree, compare, net_lines
from orch.adapters.landers.plumbing import Entry

LINES = st.lists(st.sampled_from([b"a", b"b", b"c", b"", b"--- x", b"+++ y", b"@@ -1 +1 @@"]))


def patch(before: list[bytes], after: list[bytes], name: bytes = b"f") -> bytes:
    """Write a patch as git does, with zero context."""
    lines = list(difflib.diff_bytes(difflib.unified_diff, before, after, n=0, lineterm=b""))
    header = b"diff --git a/%s b/%s\nindex 1..2 100644\n" % (name, name)
    return header + b"".join(line + b"\n" for line in lines) if lines else b""


@given(LINES, LINES)
def test_the_net_of_a_patch_is_what_it_does(before: list[bytes], after: list[bytes]) -> None:
    """Counting a patch gives the same as counting lines before and after."""
    net = net_lines(patch(before, after))
    for line in {*before, *after}:
        assert net[line] == after.count(line) - before.count(line)


@given(LINES, LINES)
def test_a_patch_agrees_with_itself(before: list[bytes], after: list[bytes]) -> None:
    """Where nothing else happened, nothing is lost and nothing foreign."""
    text = patch(before, after)
    assert compare(text, text, already=b"") == Difference()


BASE = [b"one", b"two", b"three"]


@pytest.mark.parametrize(
    ("source", "landed", "already", "expected"),
    [
        pytest.param([*BASE, b"x", b"y"], [*BASE, b"x"], BASE, Difference(lost=(b"y",)), id="lost"),
        pytest.param(
            [*BASE, b"x"], [*BASE, b"x", b"z"], BASE, Difference(foreign=(b"z",)), id="foreign"
        ),
        pytest.param(BASE[:2], BASE, BASE, Difference(lost=(b"three",)), id="removal lost"),
        pytest.param(
            [*BASE, b"x"], [*BASE[1:], b"x"], BASE, Difference(foreign=(b"one",)), id="took more"
        ),
        pytest.param([*BASE, b"x", b"y"], [*BASE, b"y"], [*BASE, b"x"], Difference(), id="had it"),
        pytest.param(BASE[:2], BASE, BASE[:2], Difference(), id="was gone"),
        pytest.param(
            [*BASE, b"x", b"x"], BASE, [*BASE, b"x"], Difference(lost=(b"x",)), id="had one of two"
        ),
    ],
)
def test_each_difference_is_named_unless_the_target_had_it(
    source: list[bytes], landed: list[bytes], already: list[bytes], expected: Difference
) -> None:
    """A line that is missing must have been done by the target before, and as often."""
    assert (
        compare(patch(BASE, source), patch(BASE, landed), already=patch(BASE, already)) == expected
    )


def test_what_came_and_went_elsewhere_does_not_blame_a_file_that_is_the_same() -> None:
    """The beginning of a stacked branch landed, and another change took such a line away."""
    begun, rest = patch([], [b"}"], b"begun"), patch([], [b"new"], b"rest")
    elsewhere = patch([b"}"], [], b"elsewhere")
    assert compare(begun + rest, rest, already=begun + elsewhere) == Difference()
    lost = compare(begun + rest, b"", already=begun + elsewhere)
    assert lost == Difference(lost=(b"new",))


def test_binaries_and_modes_count() -> None:
    """Another blob or another mode is a difference too."""
    one = (
        b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\nindex aa..bb\nBinary files differ\n"
    )
    one = one.replace(b"index aa..bb\n", b"index aa..bb\n")
    other = one.replace(b"aa..bb", b"aa..cc").replace(b"100755", b"120000")
    assert net_lines(one) == {
        b"\0mode 100644": -1, b"\0mode 100755": 1, b"\0blob aa": -1, b"\0blob bb": 1,
    }  # fmt: skip
    assert compare(one, other, already=b"").foreign == (b"\0blob cc", b"\0mode 120000")


def entry(path: str, new: str, *, old: str = "0", status: str = "M") -> Entry:
    """Make the change of a path."""
    return Entry(path, "100644", "100644", old, new, status)


MINE = entry("mine", "1")


@pytest.mark.parametrize(
    ("landed", "target", "expected"),
    [
        ([MINE], [], Agreement.SAME),
        ([MINE], [entry("theirs", "2")], Agreement.SAME),
        ([], [MINE], Agreement.SAME),
        ([MINE], [MINE], Agreement.OTHER),
        ([], [], Agreement.OTHER),
        ([entry("mine", "2")], [], Agreement.OTHER),
        ([MINE, entry("foreign", "3")], [], Agreement.OTHER),
        ([entry("mine", "3")], [entry("mine", "2")], Agreement.OPEN),
        ([entry("new name", "3")], [entry("mine", "0", status="D")], Agreement.OPEN),
    ],
)
def test_paths_are_merged_one_by_one(
    landed: list[Entry], target: list[Entry], expected: Agreement
) -> None:
    """A path that one side changed is that side's; what both changed stays open."""
    assert agree([MINE], landed, target=target)[0] is expected
