"""Each real agent, in each mode: its task lands, also over a killed daemon or a killed agent."""

import json

from tests.agents.cells import ACP, COLUMNS, OTHERS, TERMINALS, Column, cell
from tests.agents.scene import Play, Scene, Setting
from tests.agents.scripts import FIX, GATE, HELD, LONG, WRITTEN_DOWN

OFTEN = (
    *("claude-headless", "codex-headless", "opencode-headless", "gemini-headless"),
    "claude-terminal",
)
RARELY = (*TERMINALS[1:], *ACP, *OTHERS)


@cell("lands", *COLUMNS, *OTHERS[:2], rarely=(*ACP, *OTHERS[2:]))
def test_land(column: Column, play: Play) -> None:
    """From `orch add` to a landed commit, each step asked for once."""
    with play(column, Setting(script=FIX)) as scene:
        task = scene.add()
        scene.landed(task, hello_txt="hello")
        assert scene.server.steps("play") == [0, 1, 2, 3], scene.story(task)
        # It said itself that it was done: `orch report` reached the daemon.
        assert scene.actors("AgentReported", task) == [f"session:{task}.1"], scene.story(task)


@cell("200 steps", OFTEN[0], rarely=(*OFTEN[1:], *TERMINALS[1:], *ACP))
def test_a_long_script(column: Column, play: Play) -> None:
    """Two hundred steps with small delays, each once, and what they cost in all."""
    with play(column, Setting(script=LONG)) as scene:
        task = scene.add()
        scene.landed(task, count_txt="\n".join(str(n) for n in range(200)))
        assert scene.server.steps("play") == list(range(203)), scene.story(task)


@cell("daemon killed", *OFTEN, rarely=RARELY)
def test_the_daemon_is_killed(column: Column, play: Play) -> None:
    """The session goes on as the same process, and its work lands once."""
    with play(column, Setting(script=HELD)) as scene:
        task = scene.add()
        scene.held()
        before = scene.session(task)["pid"]
        scene.person.kill_daemon()
        scene.person.orch("daemon", "start")
        assert scene.person.show(task)["status"] == "in_progress", scene.story(task)
        scene.server.release(GATE)
        scene.landed(task, hello_txt="hello")
        assert scene.session(task)["pid"] == before, scene.story(task)
        assert scene.events(task).count("SessionStarted") == 1, scene.story(task)
        assert scene.server.steps("play") == [0, 1, 2, 3], scene.story(task)


@cell("agent killed, resumed", *OFTEN, rarely=(*TERMINALS[1:], "opencode-acp", *OTHERS))
def test_the_agent_is_killed(column: Column, play: Play) -> None:
    """The next attempt resumes the same conversation and goes on in it."""
    with play(column, Setting(script=WRITTEN_DOWN)) as scene:
        task, last = land_in_two(scene)
        # The model sees both prompts; what a killed program had not written down is lost to it.
        assert "How to work" in last, scene.story(task)
        assert "Go on in the same worktree" in last, scene.story(task)
        assert scene.server.steps("play")[-3:] == [2, 3, 4], scene.story(task)


@cell("agent killed, begun anew", rarely=("gemini-acp",))
def test_the_agent_is_killed_and_begins_anew(column: Column, play: Play) -> None:
    """Where no conversation can be resumed the next one is told all, and lands."""
    with play(column, Setting(script=WRITTEN_DOWN)) as scene:
        task, last = land_in_two(scene)
        assert "What happened before" in last, scene.story(task)


def land_in_two(scene: Scene) -> tuple[str, str]:
    """Kill the agent amid its work, and see that a second session lands it.

    Returns the task, and what the model was sent last.
    """
    task = scene.add()
    scene.held()
    scene.kill_agent(task)
    scene.server.release(GATE)
    scene.landed(task, hello_txt="hello")
    assert scene.events(task).count("SessionStarted") == 2, scene.story(task)
    return task, json.dumps(scene.server.requests[-1].body)
