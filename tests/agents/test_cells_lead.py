"""A real agent that leads another, and one that spends more than it may."""

from collections.abc import Callable
from pathlib import Path

from orch.testing.model_server import Script, bash, commit, say, serve_in_thread, write
from tests.agents.cells import ACP, COLUMNS, ONE_SHOT, Column, cell
from tests.agents.scene import Play, Scene, Setting, person_with, profile_of
from tests.agents.scripts import LAST, LONG, REPORT, TOLD

LEAD: Script = (
    bash("orch add 'Write script:child' --slug child"),
    say("I have filed the child, and wait for word of it."),
    *TOLD,
)
CHILD: Script = (write("child.txt", "child\n"), commit("Write child.txt"), REPORT, LAST)


@cell("leads another", "claude-headless", rarely=(*COLUMNS[1:], *ACP))
def test_an_agent_leads_another(
    column: Column, tmp_path: Path, agents_bin: Path, need_agent: Callable[[str], Path]
) -> None:
    """It files a task, ends its turn, is told of the child's end, and goes on."""
    need_agent(column.agent)
    with serve_in_thread({"lead": LEAD, "child": CHILD}) as server:
        profile = profile_of(column, server.url("lead"))
        top = f'agent = "{column.agent}"\n[landing]\nquality_gate = "true"\n'
        with person_with(tmp_path, agents_bin, f"{top}{profile}\n") as person:
            scene = Scene(person, server)
            lead = scene.add("Lead script:lead")
            scene.landed(lead)
            child = str(person.show("child")["id"])
            scene.landed(child, child_txt="child")
            assert person.show(child)["parent"] == lead, scene.story(child)
            assert child in scene.on_main("said.txt"), scene.story(lead)
            tree = person.orch("task", "tree", lead)
            assert tree.index("Lead script:lead") < tree.index("Write script:child"), tree
            # It waited for the child by itself: nobody had to remind it of its work.
            sessions = 2 if str(column) in ONE_SHOT else 1
            assert scene.events(lead).count("SessionStarted") == sessions, scene.story(lead)
            assert server.steps("child") == [0, 1, 2, 3], scene.story(child)


@cell("cap reached", "claude-headless", rarely=COLUMNS[1:6])
def test_a_cap_is_reached(column: Column, play: Play) -> None:
    """It is ended within a call of its tools; what it has done stays, and the cap is named."""
    with play(column, Setting(script=LONG, top="[caps]\nattempt_tokens = 5000\n")) as scene:
        found = scene.rest(scene.add())
        task = str(found["id"])
        assert (found["status"], found["blocked_on"]) == ("blocked", "limit"), scene.story(task)
        assert "caps.attempt_tokens is reached" in str(found["reason"]), scene.story(task)
        assert len(scene.server.steps("play")) < len(LONG), scene.story(task)
        assert scene.events(task).count("SessionStarted") == 1, scene.story(task)
