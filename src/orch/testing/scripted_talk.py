"""How the scripted agent talks: what it shows of itself, and what it takes while it runs.

A script with `"talks": true` does so; all others stay the plain programs that they are. What it
shows are OSC sequences that `orch.adapters.agents.scripted` reads, what it takes is a JSON object
a line.
"""

import json
import os
import queue
import sys
import termios
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orch.adapters.agents.scripted import OSC_NUMBER
from orch.core.signs import SignKind

Step = dict[str, Any]

_LONGEST = 600
"""Characters; a longer sequence would not be read."""


def tell(kind: str, **more: object) -> None:
    """Show a sign."""
    sign = {"kind": kind} | {
        name: value[:_LONGEST] if isinstance(value, str) else value for name, value in more.items()
    }
    os.write(1, f"\x1b]{OSC_NUMBER};{json.dumps(sign)}\x07".encode())


@dataclass(slots=True)
class Talk:
    """Everything that was said to the agent and not taken yet."""

    messages: "queue.Queue[Step]" = field(default_factory=queue.Queue)
    answers: "queue.Queue[Step]" = field(default_factory=queue.Queue)
    interrupted: threading.Event = field(default_factory=threading.Event)
    in_turn: bool = False

    def begin(self) -> None:
        """Listen from now on, and say that the first turn has begun."""
        _unbuffer()
        threading.Thread(target=self._hear, daemon=True).start()
        tell("listens")
        self.work()

    def work(self) -> None:
        """Begin a turn, if none runs."""
        if not self.in_turn:
            tell(SignKind.TURN_BEGAN)
        self.in_turn = True

    def rest(self, said: str = "") -> None:
        """End the turn, if one runs."""
        if self.in_turn:
            tell(SignKind.TURN_ENDED, text=said)
        self.in_turn = False

    def _hear(self) -> None:
        for line in sys.stdin:
            try:
                said = json.loads(line)
            except ValueError:
                continue  # A person typed on its terminal.
            if "say" in said:
                self.messages.put(said)
            elif "answer" in said:
                self.answers.put(said)
            elif "interrupt" in said:
                self.interrupted.set()
            elif "close" in said:
                os._exit(0)


TALK = Talk()


def _unbuffer() -> None:
    """Take lines of any length from a terminal, and don't show them on it again."""
    if os.isatty(0):
        mode = termios.tcgetattr(0)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(0, termios.TCSANOW, mode)


def listen(step: Step) -> None:
    """Take messages, and append each to a file: `{"listen": path, "count": 1}`.

    The turn ends first, unless `mid_turn` is set. A line of the file is the message's id, a tab
    and its text as JSON.
    """
    for _ in range(int(step.get("count", 1))):
        if not step.get("mid_turn"):
            TALK.rest()
        said = TALK.messages.get()
        with Path(step["listen"]).open("a", encoding="utf-8") as file:
            file.write(f"{said['ref']}\t{json.dumps(said['say'])}\n")
        TALK.work()
        tell(SignKind.ACCEPTED, ref=said["ref"])


def ignore_messages(step: Step) -> None:
    """Take this many messages without a word: nothing shows that it has them."""
    for _ in range(int(step["ignore"])):
        TALK.rest()
        TALK.messages.get()


def work(step: Step) -> None:
    """Work for this many seconds, or until it is interrupted: then the turn ends."""
    TALK.work()
    if TALK.interrupted.wait(float(step["work"])):
        TALK.interrupted.clear()
        TALK.rest("interrupted")


def progress(step: Step) -> None:
    """Show that something was done."""
    tell(SignKind.PROGRESS, text=step["progress"])


def end_turn(step: Step) -> None:
    """End the turn with these words."""
    TALK.rest(step["end_turn"])


def ask_permission(step: Step) -> None:
    """Ask for a permission: `{"ask_permission": text, "ref": …, "into": path}`."""
    choices = [
        {"id": "allow", "label": "Allow", "grants": True},
        {"id": "deny", "label": "Deny", "grants": False},
    ]
    _ask(SignKind.WANTS_PERMISSION, step["ask_permission"], step=step, choices=choices)


def question(step: Step) -> None:
    """Ask something: `{"question": text, "ref": …, "choices": [{"id", "label"}], "into": path}`."""
    _ask(SignKind.ASKED, step["question"], step=step, choices=step.get("choices", []))


def _ask(kind: str, text: str, *, step: Step, choices: list[Step]) -> None:
    """Wait for the answer, and append it to the file `into` if there is one."""
    ref = step.get("ref", text)
    tell(kind, text=text, ref=ref, choices=choices)
    said = TALK.answers.get()
    while said["answer"] != ref:
        said = TALK.answers.get()
    if "into" in step:
        with Path(step["into"]).open("a", encoding="utf-8") as file:
            file.write(f"{ref}\t{said['choice']}\t{json.dumps(said['text'])}\n")
    tell(SignKind.SETTLED, ref=ref)


def limit(step: Step) -> None:
    """Meet a limit: `{"limit": text, "in": seconds, "trouble": "usage_limit"}`."""
    until = time.time() + float(step["in"]) if "in" in step else None
    trouble = step.get("trouble", "usage_limit")
    tell(SignKind.LIMITED, text=step["limit"], until=until, trouble=trouble)


def retry(step: Step) -> None:
    """Try again after a fault of the provider: `{"retry": text, "trouble": "overloaded"}`."""
    tell(SignKind.RETRYING, text=step["retry"], trouble=step.get("trouble", "overloaded"))


def error(step: Step) -> None:
    """Give up on an error: `{"error": text, "trouble": "other"}`; the turn ends."""
    tell(SignKind.TROUBLE, text=step["error"], trouble=step.get("trouble", "other"))
    TALK.rest()


def spend(step: Step) -> None:
    """Tell what was used up so far: `{"spend": {"input_tokens": 10, …}}`."""
    tell(SignKind.SPENT, usage=step["spend"])


def converse(step: Step) -> None:
    """Tell the conversation's id."""
    tell(SignKind.CONVERSATION, ref=step["converse"])
