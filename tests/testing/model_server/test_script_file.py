"""Scripts as JSON: every word of a step, and no word that is unknown."""

from typing import Any

import pytest

from orch.testing.model_server import Fault, FaultKind, Step, Usage, parse_file, parse_script
from orch.testing.model_server.script import Bash, EchoLastUser, Edit, Read, UseTool, Write


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"write": "a", "text": "x"}, Step(calls=(Write("a", "x"),))),
        ({"edit": "a", "old": "x", "new": "y"}, Step(calls=(Edit("a", "x", "y"),))),
        ({"read": "a", "say": "I look."}, Step(say="I look.", calls=(Read("a"),))),
        ({"tool": "t", "arguments": {"n": 1}}, Step(calls=(UseTool("t", {"n": 1}),))),
        ({"echo_last_user": "a"}, Step(calls=(EchoLastUser("a"),))),
        ({"ask": "Which?"}, Step(say="Which?")),
        ({"end": "Bye."}, Step(say="Bye.")),
        ({"calls": [{"bash": "a"}, {"bash": "b"}]}, Step(calls=(Bash("a"), Bash("b")))),
        (
            {"bash": "a", "until_user": "go", "hold": "gate", "delay_s": 1, "chunk_delay_s": 2},
            Step(calls=(Bash("a"),), until_user="go", hold="gate", delay_s=1, chunk_delay_s=2),
        ),
        ({"say": "Dear.", "usage": {"output_tokens": 9}}, Step("Dear.", usage=Usage(1200, 300, 9))),
    ],
)
def test_each_word_of_a_step_is_read(step: dict[str, Any], expected: Step) -> None:
    """As the constructors would have made it."""
    assert parse_script([step]) == (expected,)


@pytest.mark.parametrize("step", [{"sya": "x"}, {"bash": "a", "read": "b"}, {"calls": [{}]}])
def test_a_word_that_is_unknown_or_too_many_is_an_error(step: dict[str, Any]) -> None:
    """A script never does less without saying so."""
    with pytest.raises(ValueError, match=r"script|a call has one of"):
        parse_script([step])


def test_a_file_holds_scripts_and_faults() -> None:
    """Faults have the fields that they have in Python."""
    scripts, faults = parse_file(
        '{"scripts": {"a": [{"say": "x"}]}, "faults": [{"kind": "drop", "at_step": 2}]}'
    )
    assert scripts == {"a": (Step(say="x"),)}
    assert faults == (Fault(kind=FaultKind.DROP, at_step=2),)
