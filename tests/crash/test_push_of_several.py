"""Several changes land by one push; killed at any step of it, the next daemon finishes it."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash.test_lives import start_mortal
from tests.e2e.person import ORCH, Person, make_person

NAMES = ("one", "two", "three")

CONFIG = """
[landing]
quality_gate = "sh gate.sh"
window = {window}
batch = {batch}

[gate]
slots = 4
"""

KINDS = {"a window": (4, 1), "a batch": (1, 4)}
"""How wide the lane is, and how many share a gate."""

HOOK = """\
#!/bin/sh
test ! -e "{pid}" || {{ kill -9 "$(cat "{pid}")"; rm "{pid}"; exit {code}; }}
"""

STEPS = [
    ("before ItemPushing", 1),
    ("after ItemPushing", 1),
    *((f"{moment} Landed", nth) for nth in (1, 2, 3) for moment in ("before", "after")),
]
SOAK = set(STEPS) - {("after ItemPushing", 1), ("after Landed", 1)}


@pytest.fixture(params=KINDS)
def person(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    """Give a person whose lane has three changes that are about to be pushed at once."""
    made = make_person(tmp_path, remote=True)
    window, batch = KINDS[request.param]
    made.configure(CONFIG.format(window=window, batch=batch))
    hold = tmp_path / "hold"
    wait = f'echo >> "{tmp_path}/gates"; while test -e "{hold}"; do sleep 0.05; done\n'
    made.commit("A gate", **{"gate.sh": wait})
    made.git("push", "--quiet", "origin", "main")
    made.git("config", "core.logAllRefUpdates", "always", cwd=tmp_path / "origin.git")
    made.orch("init", "--yes")
    hold.touch()
    made.orch("queue", "pause")
    for name in NAMES:
        made.git("checkout", "--quiet", "-b", name, "main")
        made.commit(f"Work of {name}", **{f"{name}.txt": name})
        made.orch("enqueue", name)
    made.git("checkout", "--quiet", "main")
    made.orch("queue", "resume")
    # All gates run; what they say is there when the lane goes on.
    gates = 1 if batch > 1 else 3
    await_events(made, "ItemGating", count=gates)
    made.orch("queue", "pause")
    hold.unlink()
    while len(receipts(made)) < gates:
        pass
    made.orch("down", "--yes")
    yield made
    made.leave()


def await_events(person: Person, kind: str, *, count: int) -> None:
    """Wait until there were so many events of a kind."""
    argv = [str(ORCH), "events", "--follow", "--json", "--after", "0", "--kind", kind]
    following = subprocess.Popen(
        argv, cwd=person.repository, env=person.environment, stdout=subprocess.PIPE, text=True
    )
    with following:
        assert following.stdout
        for _ in zip(range(count), following.stdout, strict=False):
            pass
        following.terminate()


def receipts(person: Person) -> list[dict[str, Any]]:
    """List the receipts."""
    found: list[dict[str, Any]] = json.loads(person.orch("receipts", "--json"))
    return found


def finish(person: Person) -> None:
    """Go on after the kill: all land, once, as the commits that were gated, by one push."""
    gates = (person.home.parent / "gates").read_text(encoding="utf-8")
    person.orch("up")
    await_events(person, "Landed", count=3)
    bare = person.home.parent / "origin.git"
    log = person.git("log", "--reverse", "--format=%s|%P|%H", "main~3..main", cwd=bare)
    lines = [line.split("|") for line in log.splitlines()]
    assert [title for title, _, _ in lines] == [f"Work of {name}" for name in NAMES]
    assert person.git("reflog", "show", "--format=%H", "main", cwd=bare) == lines[-1][2]
    body = person.git("log", "--format=%B", "main", cwd=bare)
    assert body.count("Landing-Id:") == 3
    landed = {one["id"]: one for one in json.loads(person.orch("landings", "--json"))}
    assert [landed[f"l{n}"]["new"] for n in (1, 2, 3)] == [commit for _, _, commit in lines]
    assert {one["state"] for one in landed.values()} == {"landed"}
    # The last commit is what was gated before the kill, and nothing was gated again.
    assert lines[-1][2] in {one["commit"] for one in receipts(person)}
    assert (person.home.parent / "gates").read_text(encoding="utf-8") == gates
    events = json.loads(person.orch("events", "-n", "1000", "--json"))
    assert [one["kind"] for one in events].count("Landed") == 3
    assert person.run("doctor").returncode == 0


@pytest.mark.parametrize(
    ("step", "nth"),
    [pytest.param(*one, marks=pytest.mark.soak if one in SOAK else ()) for one in STEPS],
)
def test_a_kill_around_the_push(person: Person, step: str, nth: int) -> None:
    """Before and after the intent, and before and after each of them is recorded."""
    daemon = start_mortal(person, step, nth=nth)
    person.run("queue", "resume")  # It may die before it has answered.
    daemon.wait(timeout=120)
    assert daemon.returncode == -9, f"the push never passed {step!r}"
    finish(person)


@pytest.mark.parametrize("arrives", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_a_kill_in_the_push(person: Person, *, arrives: bool) -> None:
    """The target has the push in hand, and takes it or not."""
    pid, hook = person.home.parent / "pid", person.home.parent / "origin.git/hooks/pre-receive"
    hook.write_text(HOOK.format(pid=pid, code=0 if arrives else 1), encoding="utf-8")
    hook.chmod(0o755)
    daemon = start_mortal(person, "never")
    pid.write_text(str(daemon.pid), encoding="utf-8")
    person.run("queue", "resume")
    daemon.wait(timeout=120)
    finish(person)


@pytest.mark.parametrize("person", ["a window"], indirect=True)
def test_a_kill_while_it_is_settled(person: Person) -> None:
    """The second daemon dies too, with the first of them recorded: the third goes on from there."""
    for step in ("after ItemPushing", "after Landed"):
        daemon = start_mortal(person, step)
        person.run("queue", "resume")
        daemon.wait(timeout=120)
        assert daemon.returncode == -9, f"the push never passed {step!r}"
    finish(person)


@pytest.mark.parametrize("person", ["a window"], indirect=True)
def test_a_target_that_is_away_after_a_kill(person: Person) -> None:
    """Nobody knows whether they landed, and nothing is said of it, until the target answers."""
    daemon = start_mortal(person, "after ItemPushing")
    person.run("queue", "resume")
    daemon.wait(timeout=120)
    bare = person.home.parent / "origin.git"
    bare.rename(bare.with_name("away"))
    person.orch("up")
    late = time.monotonic() + 120
    while "not known" not in str(queue := person.json("queue")):
        assert time.monotonic() < late, queue
    assert isinstance(queue, list)
    assert {one["state"] for one in queue} == {"pushing"}
    assert person.run("queue", "cancel", "l1").returncode == 1
    bare.with_name("away").rename(bare)
    finish(person)
