"""Each real agent, in each mode: it asks and is answered, wants permission, is told something."""

import json
from dataclasses import replace

from orch.testing.model_server import Script, Step, bash, say, tool
from tests.agents.cells import ACP, OTHERS, TERMINALS, Column, cell
from tests.agents.scene import WAIT_S, Play, Scene, Setting
from tests.agents.scripts import ASK, BUSY, FIX, GATE, QUESTIONS, SPEAK, STUBBORN, TOLD

ASKS = 'permission_mode = "ask"'


@cell(
    "question by orch",
    *("claude-headless", "codex-headless", "gemini-headless"),
    rarely=("opencode-headless", *TERMINALS, *ACP, *OTHERS),
)
def test_a_question_is_answered(column: Column, play: Play) -> None:
    """`orch report ask`, `orch answer`: the agent hears the answer and goes on."""
    with play(column, Setting(script=ASK)) as scene:
        task = scene.add()
        scene.until("QuestionAsked", task)
        scene.person.orch("answer", task, "Take teal.")
        scene.landed(task)
        assert "Take teal." in scene.on_main("said.txt"), scene.story(task)


@cell(
    "question by its own tool",
    *("claude-headless", "codex-headless"),
    rarely=TERMINALS,
)
def test_a_question_of_its_own_tool_is_answered(column: Column, play: Play) -> None:
    """The program's own way to ask comes to the inbox, and the answer to the model."""
    script = (QUESTIONS[column.agent], say("Then teal."))
    with play(column, Setting(script=script, profile=ASKS)) as scene:
        task = scene.add()
        scene.until("QuestionAsked", task)
        asked = scene.questions(task)
        assert [one["kind"] for one in asked] == ["question"], scene.story(task)
        assert "Which colour?" in str(asked[0]["text"]), scene.story(task)
        scene.person.orch("answer", task, "teal")
        last = scene.server.wait_for(lambda one: one.step == 1, timeout_s=WAIT_S)
        # Both stand among the options; only what was chosen stands in the answer as well.
        told = json.dumps(last.body)
        assert told.count("teal") > told.count("plum"), scene.story(task)


@cell(
    "permission allowed",
    *("claude-headless", "codex-headless", "claude-terminal", "gemini-terminal"),
    rarely=("codex-terminal", "opencode-terminal", *ACP),
)
def test_a_permission_is_allowed(column: Column, play: Play) -> None:
    """Each request comes to the inbox; with a yes the work is done and lands."""
    with play(column, Setting(script=asking(column), profile=ASKS)) as scene:
        task = scene.add()
        asked = consent(scene, task)
        scene.landed(task, wanted_txt="wanted", hello_txt="hello")
        assert asked, scene.story(task)


@cell(
    "permission denied",
    *("claude-headless", "codex-headless", "claude-terminal"),
    rarely=("codex-terminal", "opencode-terminal", *ACP),
)
def test_a_permission_is_denied(column: Column, play: Play) -> None:
    """With a no it is not done; the agent hears it and goes on with what it may do."""
    with play(column, Setting(script=asking(column), profile=ASKS)) as scene:
        task = scene.add()
        asked = consent(scene, task, but="wanted.txt")
        scene.landed(task, hello_txt="hello")
        assert asked, scene.story(task)
        assert "wanted.txt" not in scene.person.git("ls-tree", "--name-only", "main").split()


@cell("permission: refused at the start", "opencode-headless", "gemini-headless")
def test_a_program_that_cannot_ask_says_so(column: Column, play: Play) -> None:
    """Where nobody could be asked the task is held at once, and says what to change."""
    with play(column, Setting(script=FIX, profile=ASKS)) as scene:
        found = scene.rest(scene.add())
        assert found["status"] == "blocked", scene.story(str(found["id"]))
        assert "cannot ask for permission in headless mode" in str(found["reason"])
        assert scene.server.requests == []


@cell(
    "told at once",
    *("claude-headless", "codex-headless", "claude-terminal"),
    rarely=("codex-terminal", "opencode-terminal", "gemini-terminal"),
)
def test_it_is_told_something_at_once(column: Column, play: Play) -> None:
    """`orch steer --now` reaches it in the middle of its turn."""
    with play(column, Setting(script=BUSY)) as scene:
        task = scene.add()
        scene.server.wait_for(lambda one: one.step == 0 and one.finished, timeout_s=WAIT_S)
        scene.person.orch("steer", task, "Take teal.", "--now")
        scene.landed(task, said_txt="Take teal.")
        assert scene.events(task).count("MessageDelivered") == 1, scene.story(task)


@cell(
    "told after its turn",
    *("claude-headless", "codex-headless"),
    rarely=("opencode-headless", "gemini-headless", *TERMINALS, *ACP, *OTHERS),
)
def test_it_is_told_something_after_its_turn(column: Column, play: Play) -> None:
    """`orch steer --queue` waits for the end of the turn, and is told once."""
    with play(column, Setting(script=SPEAK)) as scene:
        task = scene.add()
        scene.held()
        scene.person.orch("steer", task, "Take teal.", "--queue")
        scene.server.release(GATE)
        scene.landed(task)
        assert "Take teal." in scene.on_main("said.txt"), scene.story(task)
        steps = [step for step in scene.server.steps("play") if step < len(SPEAK)]
        assert steps == list(range(len(SPEAK))), scene.story(task)


@cell(
    "broken off and told",
    *("claude-headless", "codex-headless"),
    rarely=(*TERMINALS[:-1], "opencode-acp"),
)
def test_it_is_broken_off_and_told(column: Column, play: Play) -> None:
    """`orch steer --interrupt` ends a turn that would never end, and the words begin another."""
    with play(column, Setting(script=STUBBORN)) as scene:
        task = scene.add()
        scene.held()
        scene.person.orch("steer", task, "Take teal.", "--interrupt")
        scene.landed(task, said_txt="Take teal.")


@cell("broken off and told", rarely=("gemini-terminal", "gemini-acp"))
def test_gemini_is_broken_off_and_told(column: Column, play: Play) -> None:
    """It forgets the turn that was broken off, so that its script has to begin with the words."""
    with play(column, Setting(script=(replace(TOLD[0], hold=GATE), *TOLD[1:]))) as scene:
        task = scene.add()
        scene.held()
        scene.person.orch("steer", task, "Take teal.", "--interrupt")
        scene.until("MessageDelivered", task)
        scene.server.release(GATE)
        scene.landed(task, said_txt="Take teal.")


def consent(scene: Scene, task: str, *, but: str = "") -> list[object]:
    """Allow all that is asked for, but what these words are in; return the texts."""
    known: dict[object, object] = {}
    for kind in scene.follow(task):
        if kind == "SessionEnded":
            break
        for one in scene.questions(task) if kind == "QuestionAsked" else []:
            if one["kind"] == "permission" and one["id"] not in known:
                known[one["id"]] = one["text"]
                said = "no" if but and but in str(one["text"]) else "yes"
                scene.person.orch("answer", str(one["id"]), said)
    return list(known.values())


def asking(column: Column) -> Script:
    """Write a script whose first step needs a permission, and others may."""
    return (wants(column.agent, "echo wanted > wanted.txt"), *FIX)


def wants(agent: str, command: str) -> Step:
    """Run a command for which the agent asks; Codex asks for what its sandbox forbids."""
    if agent != "codex":
        return bash(command)
    why = {"sandbox_permissions": "require_escalated", "justification": "It needs the network."}
    return tool("exec_command", {"cmd": command, **why})
