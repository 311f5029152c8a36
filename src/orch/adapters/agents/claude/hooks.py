"""What the hooks of Claude Code tell: turns, tools, sub-agents, requests, errors."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from orch.adapters.agents.belongings import brief
from orch.adapters.agents.claude.errors import resets_at, trouble_in
from orch.adapters.agents.claude.requests import Request, tool_line
from orch.adapters.agents.claude.stream import INTERRUPTED, PROMPT
from orch.adapters.agents.json_reader import one_line, shortened
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.core.usage import Usage
from orch.ports.agent import HookRecord, LaunchOrder

_TOLD: Final = "<task-notification>"
"""What it says to itself when a task of its own has ended; no person said so."""
_LAST_CALL: Final = ("context_window", "current_usage")
_TASK: Final = re.compile(r"<task-id>([\w-]+)</task-id>")


class HookReader:
    """Follows a session by its hooks; `open` are the requests that nobody has answered yet."""

    def __init__(self, order: LaunchOrder) -> None:
        """Begin with nothing heard."""
        self._prompt = brief(order).strip()
        self.submitted = ""
        self._tools: dict[str, tuple[str, str]] = {}
        self._tasks: set[str] = set()
        self._leaving: list[Sign] = []
        self._conversation = ""
        self._before: float | None = None
        self._spent = Usage()
        self.open: dict[str, tuple[Request, float]] = {}
        self.in_turn = False
        self.heard = False

    def hear(self, record: HookRecord) -> Iterator[Sign]:
        """Tell what a hook means."""
        told, now = record.payload, record.at
        self.heard = True
        match record.event:
            case "SessionStart":
                yield from self._known_by(text_at(told, "session_id"), now)
            case "UserPromptSubmit":
                yield from self._submitted(text_at(told, "prompt"), now)
            case "PreToolUse":
                yield from self._tool_began(told, now)
            case "PostToolUse" | "PostToolUseFailure" as event:
                ref = text_at(told, "tool_use_id")
                yield from self._tool_ended(ref, now, ok=event == "PostToolUse")
            case "PermissionRequest":
                yield from self._asked(told, now)
            case "SubagentStart" | "SubagentStop":
                yield from self._worker(record)
            case "Stop":
                yield from self._stopped(told, now)
            case "StopFailure":
                yield from self._failed(told, now)
            case "StatusLine":
                yield from self._spending(told, now)
            case _:
                yield from self._other(record)

    def broken_off(self, now: float, source: Source) -> Iterator[Sign]:
        """Say that the turn that ran was broken off, which no hook tells."""
        if self.in_turn:
            yield from self._turn_ended(now, source)
            yield Sign(kind=SignKind.TURN_ENDED, source=source, at=now, text=INTERRUPTED, ok=False)

    def settle(self, now: float, source: Source) -> Iterator[Sign]:
        """Say of all that was open that it is not any more."""
        for ref in [*self.open]:
            self.open.pop(ref)
            yield Sign(kind=SignKind.SETTLED, source=source, at=now, ref=ref)

    def _other(self, record: HookRecord) -> Iterator[Sign]:
        told, now = record.payload, record.at
        if text_at(told, "notification_type") == "idle_prompt":
            yield from self._left()
            yield _sign(SignKind.READY, now, text=text_at(told, "message"))
        else:
            yield _sign(SignKind.PROGRESS, now, text=record.event)

    def _known_by(self, conversation: str, now: float) -> Iterator[Sign]:
        if conversation and conversation != self._conversation:
            self._conversation = conversation
            yield _sign(SignKind.CONVERSATION, now, ref=conversation)

    def _submitted(self, prompt: str, now: float) -> Iterator[Sign]:
        yield from self.settle(now, Source.HOOK)
        if prompt.startswith(_TOLD):
            self._leave(_TASK.findall(prompt), now)
        else:
            self.submitted = prompt
            ref = PROMPT if prompt.strip() == self._prompt else ""
            yield _sign(SignKind.ACCEPTED, now, text=one_line(prompt), ref=ref)
        self.in_turn = True
        yield _sign(SignKind.TURN_BEGAN, now)
        yield from self._left()

    def _leave(self, refs: Iterable[str], now: float) -> None:
        """Note the ends of commands in the background."""
        for ref in sorted(self._tasks.intersection(refs)):
            self._tasks.discard(ref)
            self._leaving.append(_sign(SignKind.WORKER_ENDED, now, ref=ref))

    def _left(self) -> Iterator[Sign]:
        """Tell the ends of workers; after the turn's end only when it goes on because of them.

        In between nothing would be under way, and the agent would seem to have stopped.
        """
        yield from self._leaving
        self._leaving.clear()

    def _tool_began(self, told: Mapping[str, object], now: float) -> Iterator[Sign]:
        ref, name = text_at(told, "tool_use_id"), text_at(told, "tool_name")
        self.in_turn = True
        self._tools[ref] = (_fingerprint(told), text_at(told, "agent_id"))
        yield _sign(SignKind.TOOL_BEGAN, now, text=tool_line(name, at(told, "tool_input")), ref=ref)

    def _tool_ended(self, ref: str, now: float, *, ok: bool) -> Iterator[Sign]:
        if self.open.pop(ref, None):
            yield _sign(SignKind.SETTLED, now, ref=ref)
        if self._tools.pop(ref, None) is not None:
            yield _sign(SignKind.TOOL_ENDED, now, ref=ref, ok=ok)

    def _asked(self, told: Mapping[str, object], now: float) -> Iterator[Sign]:
        """Tell a request; it has no id, but the tool that it is about began just before."""
        print_ = _fingerprint(told)
        ref = next((one for one, (of, _) in self._tools.items() if of == print_), print_)
        given, suggested = at(told, "tool_input"), at(told, "permission_suggestions")
        request = Request(
            id=ref,
            tool=text_at(told, "tool_name"),
            given=given if isinstance(given, dict) else {},
            suggestions=tuple(suggested) if isinstance(suggested, list) else (),
        )
        if ref not in self.open:
            self.open[ref] = (request, now)
            yield request.sign(now=now, source=Source.HOOK)

    def _worker(self, record: HookRecord) -> Iterator[Sign]:
        text, ref = text_at(record.payload, "agent_type"), text_at(record.payload, "agent_id")
        if record.event == "SubagentStart":
            yield _sign(SignKind.WORKER_BEGAN, record.at, text=text, ref=ref)
            return
        yield from self._dropped(ref, record.at)
        self._leaving.append(_sign(SignKind.WORKER_ENDED, record.at, text=text, ref=ref))
        if self.in_turn:
            yield from self._left()

    def _stopped(self, told: Mapping[str, object], now: float) -> Iterator[Sign]:
        yield from self._turn_ended(now, Source.HOOK)
        self._spent = replace(self._spent, turns=self._spent.turns + 1)
        yield from self._background(at(told, "background_tasks"), now)
        text = text_at(told, "last_assistant_message").strip()
        if text:
            yield _sign(SignKind.SAID, now, text=text)
        yield _sign(SignKind.TURN_ENDED, now, text=text)

    def _background(self, tasks: object, now: float) -> Iterator[Sign]:
        """Follow commands that outlive the turn that started them."""
        listed = tasks if isinstance(tasks, list) else []
        running = {
            text_at(task, "id"): text_at(task, "description")
            for task in listed
            if text_at(task, "status") == "running" and text_at(task, "type") != "subagent"
        }
        self._leave(self._tasks - running.keys(), now)
        yield from self._left()
        for ref in sorted(running.keys() - self._tasks):
            self._tasks.add(ref)
            yield _sign(SignKind.WORKER_BEGAN, now, text=running[ref], ref=ref)

    def _failed(self, told: Mapping[str, object], now: float) -> Iterator[Sign]:
        yield from self._turn_ended(now, Source.HOOK)
        text = one_line(text_at(told, "last_assistant_message"))
        yield _sign(SignKind.TURN_ENDED, now, text=text, ok=False)
        yield error_sign(text, kind=text_at(told, "error"), now=now, source=Source.HOOK)

    def _spending(self, told: Mapping[str, object], now: float) -> Iterator[Sign]:
        """Read what it tells the command of its status line: all money, the last call's tokens.

        It is not run for each call, so tokens may lack some; money does not. What stands there
        at the start was another session's.
        """
        told_cost = at(told, "cost", "total_cost_usd")
        if not isinstance(told_cost, int | float):
            return
        if self._before is None:
            self._before = 0.0 if self.in_turn else float(told_cost)
        cost = float(told_cost) - self._before
        if cost != (self._spent.cost or 0.0):
            last = Usage(
                input_tokens=number_at(told, "context_window", "total_input_tokens"),
                cached_tokens=number_at(told, *_LAST_CALL, "cache_read_input_tokens"),
                output_tokens=number_at(told, "context_window", "total_output_tokens"),
                model=text_at(told, "model", "id").partition("[")[0],
            )
            self._spent = replace(self._spent.plus(last), cost=cost)
            yield Sign(kind=SignKind.SPENT, source=Source.HOOK, at=now, usage=self._spent)

    def _turn_ended(self, now: float, source: Source) -> Iterator[Sign]:
        """Close what the turn left: refused tools have no end of their own."""
        self.in_turn = False
        yield from self.settle(now, source)
        yield from self._dropped("", now)

    def _dropped(self, agent: str, now: float) -> Iterator[Sign]:
        for ref in [ref for ref, (_, by) in self._tools.items() if by == agent]:
            yield from self._tool_ended(ref, now, ok=False)


def error_sign(text: str, *, kind: str = "", now: float, source: Source) -> Sign:
    """Make the sign of an error that ended a turn."""
    trouble = trouble_in(text, kind=kind)
    limited = trouble is Trouble.USAGE_LIMIT
    return Sign(
        kind=SignKind.LIMITED if limited else SignKind.TROUBLE,
        source=source,
        at=now,
        text=shortened(text or kind),
        trouble=trouble,
        until=resets_at(text, now=now) if limited else None,
        ok=False,
    )


def _fingerprint(told: Mapping[str, object]) -> str:
    """Name a tool with its input, by which a request is found again."""
    given = json.dumps([told.get("tool_name"), told.get("tool_input")], sort_keys=True)
    return hashlib.sha256(given.encode()).hexdigest()[:16]


def _sign(kind: SignKind, now: float, *, text: str = "", ref: str = "", ok: bool = True) -> Sign:
    return Sign(kind=kind, source=Source.HOOK, at=now, text=shortened(text), ref=ref, ok=ok)
