"""Every agent that orch knows, where it may only look: as a judge."""

from dataclasses import replace

import pytest

from orch.adapters.agents.codex.calls import open_thread
from orch.adapters.agents.registry import AGENTS
from orch.core.settings import READ_ONLY, AgentProfile
from orch.ports.agent import Launch, LaunchOrder, Mode
from orch.ports.errors import Permanent
from tests.core.build import attempt
from tests.core.build import task as new_task

UNBOUND = frozenset({"command", "scripted"})
"""Any program may be behind them: what it does is looked at afterwards."""


def an_order(adapter: str, *, permission_mode: str = READ_ONLY) -> LaunchOrder:
    """Order a session without a screen, as a judge's is."""
    profile = AgentProfile(
        name="critic",
        adapter=adapter,
        permission_mode=permission_mode,
        start_command="" if adapter not in {"command", "acp"} else "critic",
        script="critic.jsonl",
        tty=False,
        env=(("MINIMAX_API_KEY", "k"),),
    )
    agent = AGENTS[adapter]
    mode = Mode.HEADLESS if Mode.HEADLESS in agent.modes else agent.modes[0]
    return LaunchOrder(
        task=replace(new_task(), attempt=attempt()),
        profile=profile,
        workspace="/room",
        prompt="Judge it.",
        prompt_file="/prompt.md",
        home="/judge-home",
        mode=mode,
        inherited=(("HOME", "/ada"), ("PATH", "/bin")),
    )


def launch(adapter: str, *, permission_mode: str = READ_ONLY) -> Launch:
    """Say how it would be started."""
    return AGENTS[adapter].launch(an_order(adapter, permission_mode=permission_mode))


LOOKING = {
    "claude": "--tools=Read,Grep,Glob",
    "minimax": "--permission-mode=dontAsk",
    "gemini": "--approval-mode=default",
    "qwen": "--approval-mode=default",
}


@pytest.mark.parametrize(("adapter", "word"), LOOKING.items())
def test_a_judge_is_started_so_that_it_can_only_look(adapter: str, word: str) -> None:
    """Its words say so, and none of those that free it is among them."""
    words = launch(adapter).argv
    assert word in words
    assert not {"--dangerously-skip-permissions", "--approval-mode=yolo"} & set(words)


def test_copilot_is_allowed_nothing_that_it_would_ask_for() -> None:
    """Where nobody answers it is refused."""
    assert "--allow-all" not in launch("copilot").argv
    assert "--allow-all" in launch("copilot", permission_mode="bypass").argv


def test_opencode_is_denied_what_writes() -> None:
    """Its configuration says so for each kind of tool."""
    (content,) = [body for path, body in launch("opencode").files if path.endswith("opencode.json")]
    assert b'"edit": "deny"' in content
    assert b'"bash": "deny"' in content
    assert b'"allow"' not in content


def test_codex_gets_a_sandbox_that_it_can_not_write_in() -> None:
    """And never asks to leave it."""
    opened = open_thread(an_order("codex"))["params"]
    assert isinstance(opened, dict)
    assert (opened["sandbox"], opened["approvalPolicy"]) == ("read-only", "never")


@pytest.mark.parametrize("adapter", ["kimi", "cursor"])
def test_who_can_not_be_kept_from_writing_does_not_judge(adapter: str) -> None:
    """It says which setting names another one."""
    with pytest.raises(Permanent, match="can't be kept from writing") as refused:
        launch(adapter)
    assert "landing.judge_agent" in refused.value.remedy


@pytest.mark.parametrize("adapter", sorted({agent.adapter for agent in AGENTS.values()}))
def test_no_agent_is_forgotten(adapter: str) -> None:
    """Each is refused, or started otherwise than where it is free, or its deeds are looked at."""
    try:
        held, free = launch(adapter), launch(adapter, permission_mode="bypass")
    except Permanent:
        return
    same = (held.argv, held.files) == (free.argv, free.files)
    assert not same or adapter in UNBOUND | {"codex", "acp"}
