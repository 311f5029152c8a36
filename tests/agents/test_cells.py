"""Each real agent, in each mode: what a task of it goes through with orch."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orch.testing.model_server import bash, commit, say, write
from tests.agents.scene import scene

FIX = (
    write("hello.txt", "hello\n", say="I will write hello.txt."),
    commit("Say hello"),
    bash("orch report done -m 'hello.txt is there'"),
    say("Done: hello.txt is written and committed."),
)
AGENTS = ("claude", "codex", "opencode", "gemini")


@pytest.mark.parametrize("mode", ["headless", "terminal"])
@pytest.mark.parametrize("agent", AGENTS)
def test_land(
    agent: str, mode: str, tmp_path: Path, agents_bin: Path, need_agent: Callable[[str], Path]
) -> None:
    """From `orch add` to a landed commit."""
    need_agent(agent)
    with scene(tmp_path, agents_bin, agent=agent, mode=mode, script=FIX) as play:
        task = play.add()
        play.landed(task, hello_txt="hello")
        assert play.server.steps("play") == [0, 1, 2, 3], play.story(task)
