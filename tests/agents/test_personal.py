"""Prove that the real programs run the hooks, and see the skills, that orch puts in place."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from orch.personal.hooks import Hooks
from orch.personal.places import AGENTS, Places
from orch.personal.skills import Skills, names, summary
from orch.personal.undo import Undo
from orch.system.paths import Home
from orch.system.spool import read_spool
from orch.testing.model_server import commit, say, serve_in_thread, write
from orch.testing.repositories import Repository
from tests.agents.programs import STARTS, Command, Stage, run

Need = Callable[[str], Path]

FIX = (write("hello.txt", "hello\n", say="I will."), commit("Say hello"), say("Done."))

TOLD = {
    "claude": {"SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop"},
    "codex": {"SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "notify"},
    "gemini": {"SessionStart", "BeforeAgent", "BeforeTool", "AfterTool", "AfterAgent"},
    "opencode": {"session.status", "tool.execute.before", "tool.execute.after", "session.idle"},
}
"""What each program has to tell of a run in which it writes and commits."""

MORE = {"codex": ("--dangerously-bypass-hook-trust",)}


@pytest.fixture
def tree(tmp_path: Path) -> Repository:
    """Give a repository with an identity and one commit."""
    repository = Repository(tmp_path / "tree")
    repository.path.mkdir()
    repository.git("init", "-q", "-b", "main")
    repository.git("config", "user.name", "Ada")
    repository.git("config", "user.email", "ada@example.invalid")
    repository.commit({"README.md": "# A project\n"})
    return repository


@pytest.fixture
def undo(tmp_path: Path) -> Undo:
    """Give a memory of what is changed."""
    return Undo(Home(tmp_path / "orch"))


@pytest.fixture
def place(tree: Repository, tmp_path: Path, agents_bin: Path) -> Callable[[str], Stage]:
    """Give a function that makes the stage for a model's address."""
    home = tmp_path / "home"
    home.mkdir()
    return lambda url: Stage(home, tree.path, agents_bin, url)


def contents(folder: Path) -> Mapping[str, bytes]:
    """Read all files of a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", AGENTS)
def test_a_real_agent_runs_the_hooks(
    name: str,
    need_agent: Need,
    tree: Repository,
    place: Callable[[str], Stage],
    undo: Undo,
) -> None:
    """It works as without them, each step is noted, and its settings come back to the byte."""
    need_agent(name)
    with serve_in_thread({"fix": FIX}) as server:
        stage = place(server.url("fix"))
        command = STARTS[name](stage, "Write hello.txt and commit it.", *MORE.get(name, ()))
        before = contents(stage.home)
        hooks = Hooks(Places(command.environment), undo)
        assert {one.state for one in hooks.install([name])} == {"installed"}
        spool = tree.path.parent / "signs.jsonl"
        noting = {**command.environment, "ORCH_SIGNS": str(spool), "ORCH_SOCKET": "/nonexistent"}
        ran = run(stage, replace(command, environment=noting))
        assert ran.code == 0, ran
        assert server.steps("fix") == [0, 1, 2], server.tell()
    assert tree.git("log", "-1", "--format=%s") == "Say hello"
    records, _ = read_spool(spool)
    assert {one.agent for one in records} == {name}
    assert not [one for one in records if one.malformed]
    assert TOLD[name] <= {one.event for one in records}, [one.event for one in records]
    hooks.uninstall([name])
    after = contents(stage.home)
    # OpenCode writes the name of its schema into its settings, with or without hooks.
    kept = before.keys() - {"opencode.json"}
    assert {path: after.get(path) for path in kept} == {path: before[path] for path in kept}
    assert not [path for path in after if path.endswith(("plugin/orch.js", "hooks.json"))]


@pytest.mark.parametrize("name", AGENTS)
def test_a_real_agent_sees_the_skills(
    name: str, need_agent: Need, place: Callable[[str], Stage], undo: Undo
) -> None:
    """What the lead's skill says of itself is in what the program tells its model."""
    need_agent(name)
    with serve_in_thread({"talk": (say("I see."),)}) as server:
        stage = place(server.url("talk"))
        command: Command = STARTS[name](stage, "Which skills have you?")
        Skills(places=Places(command.environment), undo=undo).install([name], names())
        ran = run(stage, command)
        assert ran.code == 0, ran
        asked = json.dumps([one.body for one in server.requests])
        assert json.dumps(summary("orch-lead"))[1:60] in asked
