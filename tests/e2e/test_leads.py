"""An agent leads others: it files tasks, waits for them, is told of them, and no more than that."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.person import Person, make_person

CONFIG = """
[limits]
depth = 1
workers = 2

[agents.agent]
adapter = "command"
start_command = "sh '{script}'"
"""

AGENT = """
said() {{ name=$1; shift; "$@" > "{out}/$name" 2>&1 < /dev/null; echo "exit $?" >> "{out}/$name"; }}
if [ "$ORCH_TASK_KEY" = lead ]; then
    said command orch add Stray --lead 'command:touch /nowhere'
    said one orch add One --key one
    said two orch spawn 'Do the second part' --key two
    said again orch add One --key one
    said three orch add Three
    said forged orch add Stray --parent t1
    said impostor env ORCH_SESSION=t1.1 orch add Stray
    said other orch task cancel t1
    said itself orch task cancel t2
    said all orch killall
    said list orch task list --mine --json
    touch "{out}/go"
    said wait orch wait --mine --timeout 100
    echo led > led.txt
else
    while [ ! -e "{out}/go" ]; do sleep 0.1; done
    said "deeper-$ORCH_TASK_KEY" orch add Deeper
    echo "$ORCH_TASK_KEY" > "$ORCH_TASK_KEY.txt"
fi
git add --all && git commit --quiet --message "$ORCH_TASK_KEY"
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Name the folder where the agents leave what they were told."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def person(tmp_path: Path, out: Path) -> Iterator[Person]:
    """Give a person whose agent leads."""
    made = make_person(tmp_path)
    script = tmp_path / "agent.sh"
    script.write_text(AGENT.format(out=out), encoding="utf-8")
    made.configure(CONFIG.format(script=script))
    made.commit("Begin with orch")
    made.orch("init", "--yes")
    yield made
    (out / "go").touch()
    made.leave()


def told(person: Person, task: str) -> list[str]:
    """List what a task's agent was told, in order."""
    history = person.json("task", "history", task)
    assert isinstance(history, list)
    return [str(one["data"]["text"]) for one in history if one["kind"] == "MessageQueued"]


def test_an_agent_leads_others_within_its_limits(person: Person, out: Path) -> None:
    """Its children are its own, are waited for and told of; whatever else it tries is refused."""
    assert person.orch("add", "Not yours", "--draft") == "t1"
    assert person.orch("assign", "lead", "--prompt", "Lead") == "t2"
    person.orch("wait", "t2", "--timeout", "120")
    said = {path.name: path.read_text() for path in out.iterdir() if path.name != "go"}
    assert said["one"] == "t3\nexit 0\n"
    assert said["two"] == "t4\nexit 0\n"
    assert said["again"] == "t3\nexit 0\n"
    assert "would go beyond [limits] workers = 2; nothing was added" in said["three"]
    assert "may not see t1" in said["forged"]
    assert "lacks that session's token" in said["impostor"]
    assert "the lead of what session t2.1 files is that session" in said["command"]
    assert "may not see t1" in said["other"]
    assert "only to tasks that it filed" in said["itself"]
    assert "gives up only what it filed" in said["all"]
    assert "[limits] depth is 1" in said["deeper-one"]
    assert said["wait"] == "t3 done\nt4 done\nexit 0\n"
    listed = json.loads(said["list"].rpartition("exit")[0])
    assert {task["id"]: task["parent"] for task in listed} == {"t3": "t2", "t4": "t2"}
    for child in ("t3", "t4"):
        person.await_event("LeadTold", child)
        assert person.show(child)["lead"] == "session:t2.1"
    assert sorted(text.split(" (")[0] for text in told(person, "t2")) == [
        "[orch] DONE: t3",
        "[orch] DONE: t4",
    ]
