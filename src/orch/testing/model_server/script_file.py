"""Scripts and faults as JSON, for a server that is started as a program.

`{"scripts": {NAME: [step, …]}, "faults": [fault, …]}`. A step is an object with any of `say`,
`thinking`, `until_user`, `hold`, `delay_s`, `chunk_delay_s`, `usage`, and what it calls: `calls`,
a list, or one call right in the step. A call is one of `{"write": path, "text": …}`,
`{"edit": path, "old": …, "new": …}`, `{"read": path}`, `{"bash": command}`,
`{"tool": name, "arguments": {…}}`, `{"echo_last_user": path}`; `{"ask": text}` and
`{"end": text}` are other words for `say`. A fault has the fields of `Fault`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orch.testing.model_server.faults import Fault
from orch.testing.model_server.script import (
    Bash,
    Call,
    EchoLastUser,
    Edit,
    Read,
    Script,
    Step,
    Usage,
    UseTool,
    Write,
)

_SPOKEN = ("say", "ask", "end")
_CALLS: dict[str, Callable[[Mapping[str, Any]], Call]] = {
    "write": lambda o: Write(o["write"], o["text"]),
    "edit": lambda o: Edit(o["edit"], o["old"], o["new"]),
    "read": lambda o: Read(o["read"]),
    "bash": lambda o: Bash(o["bash"]),
    "tool": lambda o: UseTool(o["tool"], dict(o.get("arguments", {}))),
    "echo_last_user": lambda o: EchoLastUser(o["echo_last_user"]),
}
_OF_CALLS = {*_CALLS, "text", "old", "new", "arguments"}
_OF_STEPS = {"thinking", "until_user", "hold", "delay_s", "chunk_delay_s"}


def parse_file(text: str) -> tuple[dict[str, Script], tuple[Fault, ...]]:
    """Parse what a server needs to know; ValueError if a word in it is unknown."""
    whole = json.loads(text)
    _refuse_unknown(whole, {"scripts", "faults"})
    scripts = {name: parse_script(steps) for name, steps in whole["scripts"].items()}
    faults = tuple(msgspec.convert(fault, Fault) for fault in whole.get("faults", []))
    return scripts, faults


def parse_script(steps: list[dict[str, Any]]) -> Script:
    """Parse one script; ValueError if a word in it is unknown, so that none does less silently."""
    return tuple(_parse_step(step) for step in steps)


def _parse_step(step: Mapping[str, Any]) -> Step:
    _refuse_unknown(step, {"calls", "usage", *_SPOKEN, *_OF_STEPS, *_OF_CALLS})
    listed = step.get("calls", [])
    inline = [step] if _kinds(step) else []
    return Step(
        say=" ".join(step[word] for word in _SPOKEN if word in step),
        calls=tuple(_parse_call(call) for call in [*inline, *listed]),
        usage=Usage(**step.get("usage", {})),
        **{word: step[word] for word in _OF_STEPS if word in step},
    )


def _parse_call(call: Mapping[str, Any]) -> Call:
    kinds = _kinds(call)
    if len(kinds) != 1:
        raise ValueError(f"a call has one of {', '.join(_CALLS)}: {json.dumps(call)}")
    return _CALLS[kinds[0]](call)


def _kinds(call: Mapping[str, Any]) -> list[str]:
    return [kind for kind in _CALLS if kind in call]


def _refuse_unknown(given: Mapping[str, Any], known: set[str]) -> None:
    unknown = given.keys() - known
    if unknown:
        raise ValueError(f"unknown in a script: {', '.join(sorted(unknown))}")
