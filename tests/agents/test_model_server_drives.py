"""The scripted model drives the real programs: they write, commit, wait out a limit and resume."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from orch.testing.model_server import (
    Fault,
    FaultKind,
    ModelServer,
    ask,
    at_once,
    bash,
    commit,
    echo_last_user,
    edit,
    read,
    say,
    serve_in_thread,
    until_user,
    write,
)
from orch.testing.repositories import Repository
from tests.agents.programs import STARTS, Ran, Stage, claude, codex, run

Need = Callable[[str], Path]

WORDS = "Done: hello.txt is written and committed."
FIX = (
    write("hello.txt", "hello\n", say="I will write hello.txt."),
    commit("Say hello"),
    say(WORDS),
)


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
def place(tree: Repository, tmp_path: Path, agents_bin: Path) -> Callable[[str], Stage]:
    """Give a function that makes the stage for a model's address."""
    home = tmp_path / "home"
    home.mkdir()
    return lambda url: Stage(home, tree.path, agents_bin, url)


def last_word(name: str, ran: Ran) -> object:
    """Give what the agent's own last event says of success: an exit code alone says too little."""
    events = ran.events()
    assert events, ran
    last = events[-1]
    match name:
        case "claude" | "qwen":
            return last["type"], last["is_error"]
        case "codex":
            return last["type"]
        case "opencode":
            part = last["part"]
            assert isinstance(part, dict)
            return last["type"], part["reason"]
        case "gemini":
            return last["type"], last["status"]
        case "copilot":
            return last["type"], last["exitCode"]
        case _:
            return next(event["content"] for event in reversed(events) if "role" in event)


SUCCESS: dict[str, object] = {
    "claude": ("result", False),
    "codex": "turn.completed",
    "opencode": ("step_finish", "stop"),
    "gemini": ("result", "success"),
    "qwen": ("result", False),
    "copilot": ("result", 0),
}


def show(server: ModelServer, ran: Ran) -> str:
    """Tell all that is known of a run that went wrong."""
    return f"{server.tell()}\n--- output\n{ran.output[-4000:]}\n--- errors\n{ran.errors[-4000:]}"


@pytest.mark.parametrize("name", list(STARTS))
def test_an_agent_writes_a_file_and_commits_it(
    name: str, need_agent: Need, tree: Repository, place: Callable[[str], Stage]
) -> None:
    """The commit is there, the agent says so, and every step was asked for once."""
    need_agent(name)
    with serve_in_thread({"fix": FIX}) as server:
        stage = place(server.url("fix"))
        ran = run(stage, STARTS[name](stage, "Write hello.txt and commit it."))
        assert server.steps("fix") == [0, 1, 2], show(server, ran)
        assert server.errors == []
    assert tree.git("show", "HEAD:hello.txt") == "hello"
    assert tree.git("log", "-1", "--format=%s") == "Say hello"
    assert ran.code == 0
    if name in SUCCESS:
        assert last_word(name, ran) == SUCCESS[name]
    # Some agents print words in the pieces in which they came.
    assert "Done: hello.txt" in ran.output


PASSING = (
    Fault(kind=FaultKind.RATE_LIMIT, times=2, at_step=1),
    Fault(kind=FaultKind.OVERLOADED, at_step=1),
    Fault(kind=FaultKind.DROP, at_step=1),
    Fault(kind=FaultKind.DROP_MID_STREAM, at_step=1),
)


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: str(fault.kind))
@pytest.mark.parametrize("name", ["claude", "codex"])
def test_an_agent_waits_out_a_fault_that_passes(
    name: str, fault: Fault, need_agent: Need, tree: Repository, place: Callable[[str], Stage]
) -> None:
    """It fired in the middle of the work, as often as it should, and the work is done."""
    need_agent(name)
    with serve_in_thread({"fix": FIX}, [fault]) as server:
        stage = place(server.url("fix"))
        ran = run(stage, STARTS[name](stage, "Write hello.txt and commit it."))
        assert server.fired == [fault.kind] * (fault.times or 0), show(server, ran)
        assert server.steps("fix") == [0, 1, 2], show(server, ran)
    assert tree.git("log", "-1", "--format=%s") == "Say hello"
    assert last_word(name, ran) == SUCCESS[name]


@pytest.mark.soak
@pytest.mark.parametrize("name", ["claude", "codex"])
def test_an_agent_follows_two_hundred_steps(
    name: str, need_agent: Need, tree: Repository, place: Callable[[str], Stage]
) -> None:
    """Each exactly once, over a history that grows long."""
    need_agent(name)
    steps = tuple(bash(f"echo {number} >> count.txt") for number in range(200))
    with serve_in_thread({"long": (*steps, commit("Count"), say(WORDS))}) as server:
        stage = place(server.url("long"))
        ran = run(stage, STARTS[name](stage, "Count to two hundred."))
        assert server.steps("long") == list(range(202)), show(server, ran)
    assert tree.git("show", "HEAD:count.txt") == "\n".join(str(number) for number in range(200))


@pytest.mark.parametrize("name", ["claude", "codex", "opencode", "gemini"])
def test_an_agent_reads_edits_and_does_several_things_at_once(
    name: str, need_agent: Need, tree: Repository, place: Callable[[str], Stage]
) -> None:
    """Each abstract step fits the tools of each agent."""
    need_agent(name)
    script = (
        read("README.md"),
        edit("README.md", "A project", new="Our project"),
        at_once(write("a.txt", "a\n"), write("b.txt", "b\n")),
        commit("Change three files"),
        say(WORDS),
    )
    with serve_in_thread({"all": script}) as server:
        stage = place(server.url("all"))
        ran = run(stage, STARTS[name](stage, "Change three files."))
        assert server.steps("all") == [0, 1, 2, 3, 4], show(server, ran)
    changed = tree.git("show", "--format=", "--name-only", "HEAD").split()
    assert changed == ["README.md", "a.txt", "b.txt"]
    assert tree.git("show", "HEAD:README.md") == "# Our project"


def resumed(name: str, ran: Ran) -> tuple[str, ...]:
    """Give the arguments that continue a session."""
    first = ran.events()[0]
    key = {"claude": "session_id", "codex": "thread_id"}[name]
    verb = {"claude": "--resume", "codex": "resume"}[name]
    return verb, str(first[key])


@pytest.mark.parametrize("name", ["claude", "codex"])
def test_a_question_is_answered_in_a_resumed_session(
    name: str, need_agent: Need, tree: Repository, place: Callable[[str], Stage]
) -> None:
    """The script goes on where it stood, in another process, with what the person said."""
    need_agent(name)
    script = (
        bash("true"),
        ask("Which colour?"),
        echo_last_user("said.txt"),
        commit("Choose"),
        say(WORDS),
    )
    with serve_in_thread({"ask": script}) as server:
        stage = place(server.url("ask"))
        asked = run(stage, STARTS[name](stage, "Choose a colour."))
        assert "Which colour?" in asked.output, show(server, asked)
        ran = run(stage, STARTS[name](stage, "Take teal.", *resumed(name, asked)))
        assert server.steps("ask") == [0, 1, 2, 3, 4], show(server, ran)
    assert tree.git("show", "HEAD:said.txt") == "Take teal."


def test_claude_is_steered_in_the_middle_of_its_work(
    need_agent: Need, tree: Repository, place: Callable[[str], Stage]
) -> None:
    """The agent is busy until the message reaches it, and the model hears what it said."""
    need_agent("claude")
    script = (
        until_user("teal", bash("sleep 0.2")),
        echo_last_user("said.txt"),
        commit("Choose"),
        say(WORDS),
    )
    said = [
        {"type": "user", "message": {"role": "user", "content": text}}
        for text in ("Choose a colour.", "Take teal.")
    ]
    with serve_in_thread({"steer": script}) as server:
        stage = place(server.url("steer"))
        command = claude(stage, "", "--input-format", "stream-json")
        lines = "".join(json.dumps(one) + "\n" for one in said)
        ran = run(stage, command, stdin=lines)
        assert server.steps("steer")[-3:] == [1, 2, 3], show(server, ran)
    assert tree.git("show", "HEAD:said.txt") == "Take teal."


def test_codex_says_that_its_limit_is_reached(
    need_agent: Need, tree: Repository, place: Callable[[str], Stage]
) -> None:
    """In words of its own, and does not try again."""
    need_agent("codex")
    first = tree.head
    with serve_in_thread({"fix": FIX}, [Fault(kind=FaultKind.USAGE_LIMIT, times=None)]) as server:
        stage = place(server.url("fix"))
        ran = run(stage, codex(stage, "Write hello.txt and commit it."))
        assert set(server.fired) == {FaultKind.USAGE_LIMIT}
    assert ran.code == 1
    assert "usage limit" in ran.output
    assert tree.head == first
