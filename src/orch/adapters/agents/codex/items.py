"""What happens in a turn of Codex, item by item: commands, patches, tools, words."""

from typing import Final

from orch.adapters.agents.json_reader import one_line
from orch.adapters.agents.lines import at, text_at
from orch.adapters.agents.rpc import Json

_LINE_LIMIT: Final = 300

TOOLS: Final = frozenset(
    {
        "commandExecution",
        "dynamicToolCall",
        "fileChange",
        "imageGeneration",
        "mcpToolCall",
        "sleep",
        "webSearch",
    }
)
"""Items that begin and end, and do something meanwhile."""

DELTAS: Final = {
    "item/agentMessage/delta": 500,
    "item/plan/delta": 500,
    "item/reasoning/summaryTextDelta": 500,
    "item/reasoning/textDelta": 500,
    "item/fileChange/outputDelta": 4000,
    "item/commandExecution/outputDelta": 4000,
}
"""Pieces of what is streamed, and after how many characters they are told again."""

_FAILED: Final = frozenset({"failed", "declined", "interrupted"})


def describe(item: Json) -> str:
    """Say in a line what an item does."""
    match item.get("type"):
        case "commandExecution":
            words = command_words(item)
        case "fileChange":
            changes = item.get("changes")
            found = changes if isinstance(changes, list) else []
            words = "changes " + ", ".join(text_at(one, "path") for one in found)
        case "mcpToolCall":
            words = f"{text_at(item, 'server')}.{text_at(item, 'tool')}"
        case "webSearch":
            words = f"searches the web for {text_at(item, 'query')}"
        case kind:
            words = text_at(item, "tool") or f"{kind}"
    return one_line(words)[:_LINE_LIMIT]


def command_words(params: Json) -> str:
    """Say which command is meant: as the agent wrote it, without the shell around it."""
    actions = params.get("commandActions")
    if isinstance(actions, list) and len(actions) == 1:
        return text_at(actions[0], "command") or text_at(params, "command")
    return text_at(params, "command")


def went_well(item: Json) -> bool:
    """Tell whether an item that ended did what it should."""
    code = at(item, "exitCode")
    return item.get("status") not in _FAILED and code in {0, None}


def plan_words(params: Json) -> str:
    """Name the step of a plan that is being done."""
    steps = params.get("plan")
    found = steps if isinstance(steps, list) else []
    now = next((text_at(one, "step") for one in found if at(one, "status") == "inProgress"), "")
    return one_line(now)
