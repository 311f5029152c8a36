"""What the scripted model does in the cells."""

from dataclasses import replace

from orch.testing.model_server import (
    Script,
    Step,
    bash,
    commit,
    echo_last_user,
    say,
    tool,
    until_user,
    write,
)

GATE = "gate"
REPORT = bash("orch report done -m 'hello.txt is there'")
LAST = say("Done: hello.txt is written and committed.")

FIX: Script = (
    write("hello.txt", "hello\n", say="I will write hello.txt."),
    commit("Say hello"),
    REPORT,
    LAST,
)
"""The plain task."""

HELD: Script = (FIX[0], replace(FIX[1], hold=GATE), *FIX[2:])
"""The same, but that the model does not go on in the middle before the test lets it."""

WRITTEN_DOWN: Script = (HELD[0], bash("sleep 2"), *HELD[1:])
"""The same with a pause, in which a program writes down what was said so far."""

TOLD: Script = (echo_last_user("said.txt"), commit("Note what was said"), REPORT, LAST)
"""Writes down what the person said last."""

ASK: Script = (
    bash("orch report ask -m 'Which colour?'"),
    say("I have asked which colour, and wait for the answer."),
    *TOLD,
)
"""Asks the person by orch, and ends its turn."""

BUSY: Script = (until_user("teal", bash("sleep 0.5")), *TOLD)
"""Works on and on until it is told something in the middle of its work."""

SPEAK: Script = (
    replace(bash("true"), hold=GATE),
    say("That was the first part."),
    *TOLD,
)
"""Ends its turn after a while; what it is told goes on from there."""

STUBBORN: Script = (bash("true"), until_user("teal", Step(say="Well.", hold="never")), *TOLD)
"""Thinks for ever, unless it is broken off and told something."""

LONG: Script = (
    *(replace(bash(f"echo {n} >> count.txt"), delay_s=0.02 * (n % 3)) for n in range(200)),
    commit("Count"),
    REPORT,
    LAST,
)
"""Two hundred steps with small delays, so that races show."""

_OPTIONS = [
    {"label": "teal", "description": "A colour"},
    {"label": "plum", "description": "Another"},
]
_QUESTION = {"question": "Which colour?", "header": "Colour", "options": _OPTIONS}

QUESTIONS: dict[str, Step] = {
    "claude": tool("AskUserQuestion", {"questions": [{**_QUESTION, "multiSelect": False}]}),
    "codex": tool("request_user_input", {"questions": [{**_QUESTION, "id": "colour"}]}),
    "opencode": tool("question", {"questions": [_QUESTION]}),
    "gemini": tool("ask_user", {"questions": [{**_QUESTION, "type": "choice"}]}),
}
"""How each program's own tool asks a person."""
