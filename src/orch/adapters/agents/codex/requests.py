"""What Codex's app server asks for: approvals and questions, and how they are answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from orch.adapters.agents.codex.items import command_words
from orch.adapters.agents.json_reader import one_line
from orch.adapters.agents.lines import text_at
from orch.adapters.agents.rpc import Json
from orch.core.signs import Choice, SignKind

COMMAND: Final = "item/commandExecution/requestApproval"
PATCH: Final = "item/fileChange/requestApproval"
PERMISSIONS: Final = "item/permissions/requestApproval"
INPUT: Final = "item/tool/requestUserInput"
ELICITATION: Final = "mcpServer/elicitation/request"

_ACCEPT: Final = Choice("accept", "Allow", grants=True)
_SESSION: Final = Choice("acceptForSession", "Allow for this session", grants=True)
_DECLINE: Final = Choice("decline", "Decline", grants=False)
_CANCEL: Final = Choice("cancel", "Decline, and stop the turn", grants=False)
_AMEND: Final = "acceptWithExecpolicyAmendment"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the server that waits for an answer; `number` is its own id, as it came."""

    number: object
    method: str
    params: Json

    @property
    def ref(self) -> str:
        """Name it: its id counts up in each process, so the same one always has this name."""
        return f"request-{self.number}"

    @property
    def kind(self) -> SignKind:
        """Tell whether it wants a permission or words."""
        question = self.method in {INPUT, ELICITATION}
        return SignKind.ASKED if question else SignKind.WANTS_PERMISSION

    @property
    def text(self) -> str:
        """Say what is wanted, and why."""
        reason = text_at(self.params, "reason")
        match self.method:
            case "item/commandExecution/requestApproval":
                what = command_words(self.params) or "network access"
            case "item/fileChange/requestApproval":
                what = "change files"
                if root := text_at(self.params, "grantRoot"):
                    what = f"write below {root} from now on"
            case "item/permissions/requestApproval":
                what = f"more permissions: {self.params.get('permissions')}"
            case "item/tool/requestUserInput":
                return "\n".join(text_at(one, "question") for one in self.questions())
            case _:
                return text_at(self.params, "message")
        return one_line(f"{what} ({reason})" if reason else what)

    def questions(self) -> list[Json]:
        """List the questions that it puts at once."""
        found = self.params.get("questions")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def choices(self) -> tuple[Choice, ...]:
        """List the ways to answer; free words are always taken for a question."""
        match self.method:
            case "item/commandExecution/requestApproval":
                return tuple(self._command_choices())
            case "item/fileChange/requestApproval":
                return _ACCEPT, _SESSION, _DECLINE, _CANCEL
            case "item/permissions/requestApproval":
                return _ACCEPT, _SESSION, _DECLINE
            case "item/tool/requestUserInput":
                return _options(self.questions())
            case _:
                return _ACCEPT, _DECLINE

    def _command_choices(self) -> Iterator[Choice]:
        yield _ACCEPT
        offered = self.params.get("availableDecisions")
        named = offered if isinstance(offered, list) else ["acceptForSession"]
        if "acceptForSession" in named:
            yield _SESSION
        if words := self._amendment():
            yield Choice(_AMEND, f"Allow, and all that begin with {' '.join(words)}", grants=True)
        yield from (_DECLINE, _CANCEL)

    def _amendment(self) -> list[str]:
        words = self.params.get("proposedExecpolicyAmendment")
        return [str(one) for one in words] if isinstance(words, list) else []

    def answer(self, choice: str, text: str = "") -> Mapping[str, object]:
        """Word the answer as the server wants it."""
        match self.method:
            case "item/tool/requestUserInput":
                return {"answers": self._answers(choice, text)}
            case "mcpServer/elicitation/request":
                return {"action": choice if choice in {"accept", "cancel"} else "decline"}
            case "item/permissions/requestApproval":
                return self._permissions(choice)
            case _:
                pass
        if choice == _AMEND:
            return {"decision": {_AMEND: {"execpolicy_amendment": self._amendment()}}}
        return {"decision": choice}

    def _permissions(self, choice: str) -> Mapping[str, object]:
        wanted = self.params.get("permissions") if choice.startswith("accept") else {}
        scope = "session" if choice == "acceptForSession" else "turn"
        return {"permissions": wanted or {}, "scope": scope}

    def _answers(self, choice: str, text: str) -> Mapping[str, object]:
        """Give the choice to the first question, or the words; one line each if there are more."""
        asked = self.questions()
        lines = [choice] if choice else text.splitlines() if len(asked) > 1 else [text]
        lines += [text if choice else ""] * len(asked)
        return {
            text_at(one, "id"): {"answers": [line] if line else []}
            for one, line in zip(asked, lines, strict=False)
        }


KNOWN: Final = frozenset({COMMAND, PATCH, PERMISSIONS, INPUT, ELICITATION})
"""What a person can answer; any other request is refused at once."""


def _options(questions: list[Json]) -> tuple[Choice, ...]:
    """List the options of a single question; several at once take words only."""
    if len(questions) != 1:
        return ()
    options = questions[0].get("options")
    found = options if isinstance(options, list) else []
    return tuple(Choice(text_at(one, "label"), _label(one)) for one in found)


def _label(option: object) -> str:
    more = text_at(option, "description")
    return f"{text_at(option, 'label')}: {more}" if more else text_at(option, "label")
