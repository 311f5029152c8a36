"""Prove that nothing is left of agents that start daemons, however these hide: by whole tasks."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.person import Person, make_person

SAMPLE, ALL = 20, 1000

CONFIG = """
[landing]
mode = "manual"
base_branch = "main"
checkout = "hold"

[agents.sower]
start_command = "{python} -S {script} {folder}"

[limits]
sessions = 8
patrol_failures = 0
"""

# Each task sows daemons of every kind: they write down their pid, so that they can be looked for.
AGENT = """
import os, sys
folder, task, attempt = sys.argv[1], os.environ["ORCH_TASK_ID"], os.environ["ORCH_ATTEMPT"]
SLEEP = "echo $$ >{0}.new && mv {0}.new {0}; exec sleep 98730"

def daemon(kind, *, session, scrub, fork_twice, folder_away):
    place = f"{folder}/{task}-{attempt}-{kind}"
    if os.fork():
        return place
    if session:
        os.setsid()
    if fork_twice and os.fork():
        os._exit(0)
    if folder_away:
        os.chdir("/")
    os.closerange(0, 64)
    for _ in range(3):
        os.open(os.devnull, os.O_RDWR)
    os.execve("/bin/sh", ["sh", "-c", "trap '' HUP TERM; " + SLEEP.format(place)],
              {} if scrub else dict(os.environ))

places = [
    daemon("group", session=False, scrub=False, fork_twice=True, folder_away=False),
    daemon("mark", session=True, scrub=False, fork_twice=True, folder_away=True),
    daemon("hidden", session=True, scrub=True, fork_twice=True, folder_away=True),
]
import time
while not all(os.path.exists(place) for place in places):
    time.sleep(0.01)
open(f"work-{task}.txt", "w").write("done")
"""


@pytest.fixture(params=["groups", "no groups"])
def sower(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    """Give a person whose agents sow daemons, where groups can be had and where not."""
    person = make_person(tmp_path)
    if request.param == "no groups":
        person.extra["ORCH_CGROUP"] = "off"
    script, folder = tmp_path / "agent.py", tmp_path / "sown"
    script.write_text(AGENT, encoding="utf-8")
    folder.mkdir()
    person.configure(CONFIG.format(python=sys.executable, script=script, folder=folder))
    person.git("add", "--all")
    person.git("commit", "--quiet", "--message", "Configure")
    person.orch("init", "--yes")
    yield person
    person.leave()


@pytest.mark.parametrize(
    "count", [SAMPLE, pytest.param(ALL, marks=[pytest.mark.soak, pytest.mark.timeout(0)])]
)
def test_nothing_is_left_of_agents_that_start_daemons(
    sower: Person, tmp_path: Path, count: int
) -> None:
    """Three daemons of each task; none of them lives when the tasks have ended."""
    lines = "".join(f"- sow {n}\n" for n in range(count))
    (tmp_path / "tasks.md").write_text(lines, encoding="utf-8")
    sower.orch("task", "add", "--file", str(tmp_path / "tasks.md"))
    for n in range(1, count + 1):
        sower.run("wait", f"t{n}", "--timeout", "120")
    sown = {path.name: int(path.read_text()) for path in (tmp_path / "sown").iterdir()}
    assert len(sown) >= 3 * count, "an agent was not let to the end of its work"
    assert [name for name, pid in sown.items() if is_sown(pid)] == []
    assert not list(tmp_path.glob("sown/*.new"))


def is_sown(pid: int) -> bool:
    """Tell whether a process lives and is one of those daemons: pids are given again."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[:2] == [b"sleep", b"98730"]
