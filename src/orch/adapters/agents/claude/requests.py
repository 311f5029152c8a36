"""What Claude Code asks over its pipes: whether it may use a tool, and questions to a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orch.adapters.agents.json_reader import one_line, shortened
from orch.adapters.agents.lines import at, text_at
from orch.core.signs import Choice, Sign, SignKind, Source

QUESTION_TOOL: Final = "AskUserQuestion"

ALLOW: Final = "allow"
ALWAYS: Final = "always"
DENY: Final = "deny"

_TELLING: Final = ("command", "file_path", "notebook_path", "url", "pattern", "plan", "description")
"""What of a tool's input says best what it is about, the best first."""

REFUSAL: Final = "Refused by the person who watches over this session. Go on without it."
"""What the agent is told with a No that says nothing else, so that it does not just wait."""


def tool_line(name: str, given: object) -> str:
    """Say in one line what a tool is used for."""
    told = next((text for key in _TELLING if (text := text_at(given, key))), "")
    return shortened(one_line(f"{name}: {told}" if told else name))


def permission_choices(*, lasting: bool) -> tuple[Choice, ...]:
    """List how a permission request can be answered; a lasting yes only where it is offered."""
    kept = (Choice(ALWAYS, "Yes, and don't ask again for the like", grants=True),)
    return (
        Choice(ALLOW, "Yes, this once", grants=True),
        *(kept if lasting else ()),
        Choice(DENY, "No", grants=False),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that is open: its id, the tool and its input, the rules that it suggests."""

    id: str
    tool: str
    given: Mapping[str, object]
    suggestions: tuple[object, ...] = ()

    def sign(self, *, now: float, source: Source) -> Sign:
        """Tell people of it."""
        if self.tool == QUESTION_TOOL:
            return question_sign(self.given, ref=self.id, now=now, source=source)
        return Sign(
            kind=SignKind.WANTS_PERMISSION,
            source=source,
            at=now,
            ref=self.id,
            text=tool_line(self.tool, self.given),
            choices=permission_choices(lasting=bool(self.suggestions)),
        )

    def response(self, choice: str, text: str) -> dict[str, object] | None:
        """Write the answer to it; None if it is none of its choices."""
        if self.tool == QUESTION_TOOL:
            answers = _answers(self.given, choice=choice, text=text)
            return {"behavior": ALLOW, "updatedInput": {**self.given, "answers": answers}}
        if choice == DENY:
            return {"behavior": DENY, "message": text or REFUSAL}
        if choice not in {ALLOW, ALWAYS}:
            return None
        answer: dict[str, object] = {"behavior": ALLOW, "updatedInput": dict(self.given)}
        if choice == ALWAYS and self.suggestions:
            answer["updatedPermissions"] = list(self.suggestions)
        return answer


def read_request(request_id: str, request: object) -> Request | None:
    """Read a control request; None if it is not about the use of a tool."""
    given = at(request, "input")
    if text_at(request, "subtype") != "can_use_tool" or not isinstance(given, dict):
        return None
    suggested = at(request, "permission_suggestions")
    return Request(
        id=request_id,
        tool=text_at(request, "tool_name"),
        given=given,
        suggestions=tuple(suggested) if isinstance(suggested, list) else (),
    )


def question_sign(given: object, *, ref: str, now: float, source: Source) -> Sign:
    """Tell people of a question; of several at once the choices stand in the text."""
    asked = _questions(given)
    labels = _labels(asked[0]) if len(asked) == 1 else []
    choices = tuple(Choice(label, label) for label in labels)
    text = "\n".join(_worded(question) for question in asked)
    return Sign(
        kind=SignKind.ASKED,
        source=source,
        at=now,
        ref=ref,
        text=shortened(text or "It asks something."),
        choices=choices,
    )


def _worded(question: object) -> str:
    options = at(question, "options")
    told = [
        f"{text_at(one, 'label')} ({text_at(one, 'description')})"
        for one in (options if isinstance(options, list) else ())
    ]
    several = " Several may be chosen." if at(question, "multiSelect") is True else ""
    return f"{text_at(question, 'question')} {' / '.join(told)}{several}".strip()


def _answers(given: object, *, choice: str, text: str) -> dict[str, str]:
    """Give each question its line of the answer; a single line answers all of them."""
    asked = [text_at(question, "question") for question in _questions(given)]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(asked) > 1 and len(lines) == len(asked):
        return dict(zip(asked, lines, strict=True))
    return dict.fromkeys(asked, text or choice)


def _labels(question: object) -> list[str]:
    options = at(question, "options")
    return [text_at(one, "label") for one in options] if isinstance(options, list) else []


def _questions(given: object) -> list[object]:
    found = at(given, "questions")
    return found if isinstance(found, list) else []
