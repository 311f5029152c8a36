"""Prove what the hooks of Codex are read as, on what they really told."""

from pathlib import Path

from orch.adapters.agents.codex.hooks import Hooks
from orch.core.signs import Sign, SignKind, Source
from orch.ports.agent import HookRecord
from tests.adapters.agents.readings import first, hooks_of, kinds

TUI = Path(__file__).parent / "recordings" / "tui"


def hear(name: str, *, conversation: str | None = None) -> list[Sign]:
    """Hear all hooks of a recorded session."""
    hooks = Hooks(conversation)
    return [sign for one in hooks_of(TUI / f"{name}.hooks.jsonl") for sign in hooks.read(one)]


def test_a_session_from_its_begin_to_its_end() -> None:
    """Turns, tools and words, each from the hook that tells it, at the time that it bears."""
    signs = hear("allowed")
    assert kinds(signs) == [
        *("conversation", "accepted", "turn_began"),
        *("tool_began", "tool_ended", "tool_began", "tool_ended"),
        *("said", "turn_ended"),
    ]
    assert {sign.source for sign in signs} == {Source.HOOK}
    assert first(signs, SignKind.ACCEPTED).text == "write hello and commit"
    assert first(signs, SignKind.TOOL_BEGAN).text == "echo hello > hello.txt"
    assert signs[-1].text == "Done: hello.txt is written and committed."
    assert [sign.at for sign in signs] == sorted(sign.at for sign in signs)


def test_the_conversation_that_names_the_task_is_another() -> None:
    """Codex asks its model for a title in a thread of its own, whose end ends nothing."""
    assert any("concise" in str(one.payload) for one in hooks_of(TUI / "two-turns.hooks.jsonl"))
    assert kinds(hear("two-turns")).count("turn_ended") == 2


def test_sub_agents() -> None:
    """Their turns are not the session's; a turn that goes on after its end ends again."""
    signs = hear("worker")
    assert first(signs, SignKind.WORKER_BEGAN).ref == first(signs, SignKind.WORKER_ENDED).ref
    assert kinds(signs).count("turn_began") == kinds(signs).count("accepted") == 1
    turns = {sign.ref for sign in signs if sign.kind is SignKind.TURN_ENDED}
    assert turns == {first(signs, SignKind.TURN_BEGAN).ref}


def test_a_resumed_conversation_is_known_from_the_start() -> None:
    """Another one's hooks tell nothing."""
    own = str(first(hear("allowed"), SignKind.CONVERSATION).ref)
    assert kinds(hear("allowed", conversation=own)) == kinds(hear("allowed"))
    assert hear("allowed", conversation="another") == []


def test_nonsense_tells_nothing() -> None:
    """A payload without its fields is passed over."""
    hooks = Hooks(None)
    for event in ("SessionStart", "Stop", "PreToolUse", "notify", "Unheard", "SubagentStop"):
        assert list(hooks.read(HookRecord(event=event, payload={}, at=1.0))) == []
