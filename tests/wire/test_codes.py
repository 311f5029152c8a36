"""Prove that errors survive the wire, and that each has a meaning and an exit code."""

import pytest

from orch.wire.codes import MEANINGS, Code, WireError, exit_code


@pytest.mark.parametrize("code", Code)
def test_each_code_is_explained(code: Code) -> None:
    """And ends a command with one of the exit codes that are promised."""
    assert MEANINGS[code].endswith(".")
    assert exit_code(code) in {1, 2, 3, 124}
    assert code.word == code.name.lower()


def test_an_error_comes_back_as_it_was() -> None:
    """With all that it said."""
    sent = WireError(
        Code.AMBIGUOUS, "two fit", candidates=["a", "b"], kept="all", next="choose", report="f"
    )
    got = WireError.from_object(sent.as_object())
    assert (got.code, got.message, got.candidates) == (Code.AMBIGUOUS, "two fit", ("a", "b"))
    assert (got.kept, got.next, got.report) == ("all", "choose", "f")


@pytest.mark.parametrize("found", [None, "text", {"code": 1, "message": "new"}, {"data": 3}])
def test_what_is_no_error_of_ours_is_a_bug(found: object) -> None:
    """A newer daemon may know codes that this client does not."""
    assert WireError.from_object(found).code is Code.INTERNAL
