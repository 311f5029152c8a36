"""The table of cells: what a task goes through with an agent in a mode, and where that is shown.

A cell is one row of the table in docs/agents.md (what happens) and one column (agent and mode).
Each test is decorated with the row that it shows and the columns in which it does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import ROOT

CELLS = ROOT / ".cache" / "agents-cells"
"""Where each run notes what became of each cell; `python -m tests.agents.table` reads it."""


@dataclass(frozen=True, slots=True)
class Column:
    """An agent in a mode."""

    agent: str
    mode: str

    def __str__(self) -> str:
        return f"{self.agent}-{self.mode}"


def column(name: str) -> Column:
    """Read a column's name: "claude-headless"."""
    agent, _, mode = name.partition("-")
    return Column(agent, mode)


AGENTS = ("claude", "codex", "opencode", "gemini")
COLUMNS = tuple(f"{agent}-{mode}" for agent in AGENTS for mode in ("headless", "terminal"))
TERMINALS = tuple(f"{agent}-terminal" for agent in AGENTS)
ACP = ("opencode-acp", "gemini-acp")
OTHERS = (
    *("qwen-headless", "kimi-headless", "copilot-headless"),
    *("qwen-acp", "kimi-acp", "copilot-acp", "acp-acp"),
)
"""Agents whose everyday life is shown, not each fault; `acp` is Copilot as one unknown to orch."""


def cell(row: str, *columns: str, rarely: tuple[str, ...] = ()) -> Callable[[Any], Any]:
    """Run a test once in each of these columns; those that run `rarely` belong to the soak."""
    params = [_param(row, name) for name in columns]
    params += [_param(row, name, pytest.mark.soak) for name in rarely]
    return pytest.mark.parametrize("column", params)


@dataclass(frozen=True, slots=True)
class Gap:
    """Cells that don't work, and what the program says or does instead."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    why: str


ONE_SHOT = ("opencode-headless", "gemini-headless")

KNOWN_GAPS = (
    Gap(
        rows=("told at once", "broken off and told"),
        columns=ONE_SHOT,
        why="`opencode run` and `gemini -p` read their input to its end before they begin, and "
        "nothing after that: what is said to them waits for the next session, which resumes the "
        'conversation at once ("told after its turn").',
    ),
    Gap(
        rows=("permission allowed", "permission denied", "question by its own tool"),
        columns=ONE_SHOT,
        why="Without a screen they refuse what they would have to ask for, and offer no tool to "
        "ask by. orch does not start them so: "
        '"agent gemini cannot ask for permission in headless mode; '
        'set agents.gemini.mode = "terminal", or permission_mode = "bypass"".',
    ),
    Gap(
        rows=("permission denied",),
        columns=("gemini-terminal",),
        why="A refusal holds, nothing is done; but Gemini breaks its turn off with it "
        '("Request cancelled.") and tells the model nothing, so that the scripted one asks for '
        "the same again when it is spoken to, until the attempts are used up.",
    ),
    Gap(
        rows=("429, lasting",),
        columns=("gemini-terminal",),
        why="On its own screen Gemini shows nothing of a refusal and does not stop: 44 of them in "
        'eleven minutes, and no other word than "Thinking... (esc to cancel, 30s)". The session '
        'counts as stuck, not as limited: "stuck: no progress for 650 s".',
    ),
    Gap(
        rows=("agent killed, resumed",),
        columns=("gemini-acp",),
        why="Over ACP Gemini says that it can load a conversation, and then: "
        '`{"id":"session","error":{"code":-32603,"message":"Internal error","data":{"details":'
        '"No previous sessions found for this project."}}}`. The next attempt begins anew, is told '
        "what happened before, and lands.",
    ),
    Gap(
        rows=("question by its own tool",),
        columns=ACP,
        why="Over ACP they offer the model no tool to ask by: `no tool question among ['bash', "
        "'edit', 'glob', 'grep', 'read', 'skill', 'task', 'todowrite', 'webfetch', 'write']` "
        "(OpenCode); `no tool ask_user among ['update_topic', 'list_directory', 'read_file', ...]` "
        "(Gemini).",
    ),
    Gap(
        rows=("cap reached",),
        columns=("gemini-headless", "gemini-terminal", "gemini-acp"),
        why="Gemini tells what it used when its turn is over "
        '(`{"type":"result","status":"success","stats":{"total_tokens":58580,...`), on its own '
        "screen never. Within a turn only `caps.attempt_time` holds; what is not known counts as "
        "a whole attempt's worth for the caps of the task, the day and the project.",
    ),
    Gap(
        rows=("cap reached",),
        columns=("opencode-acp",),
        why="Over ACP OpenCode tells nothing while a turn runs, and then what its last request "
        'took: `"usage":{"inputTokens":1200,"outputTokens":40,"totalTokens":1540,...` after 203 of '
        "them. Headless and on its own screen it tells each.",
    ),
    Gap(
        rows=("usage limit",),
        columns=("kimi-acp",),
        why="Over ACP Kimi asks again for two and a half minutes and then ends its turn without a "
        'word: `{"id":"prompt","result":{"stopReason":"end_turn"}}`. Nothing lands: it is spoken '
        "to, until the attempts are used up. Headless it says why.",
    ),
    Gap(
        rows=("judges",),
        columns=TERMINALS,
        why="Nobody looks at a judge's screen: whatever the profile's mode, its session is driven "
        "without one (`_mode` in engine/judge_case.py).",
    ),
    Gap(
        rows=("told at once",),
        columns=ACP,
        why="ACP has no message for a turn that runs; neither program says that it queues prompts "
        "(`promptQueueing`). What is said to them waits for the end of the turn, or breaks it off.",
    ),
)


def _param(row: str, name: str, *marks: pytest.MarkDecorator) -> Any:  # noqa: ANN401 - pytest's own
    return pytest.param(column(name), id=name, marks=[pytest.mark.cell(row, name), *marks])
