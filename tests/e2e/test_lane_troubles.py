"""The lane in trouble: each change that can't land says why, and nobody else has to wait for it."""

import json
import subprocess
import time
from typing import Any

import pytest

from tests.e2e.person import ORCH, Person

CONFIG = """
[landing]
quality_gate = {gate!r}
gate_timeout = "{patience}"
window = 8

[gate]
slots = 2
"""

GATE = """\
while test -e "{hold}"; do sleep 0.1; done
for act in act-*; do case "$act" in
  act-hang) sleep 1000 ;;
  act-tty) read answer </dev/tty || exit 3 ;;
  act-stdin) read answer || exit 4 ;;
  act-write) echo more >> README.md ;;
  act-flood) head -c 50000000 /dev/zero | tr '\\0' 'a' ;;
  act-bytes) printf '\\377\\376\\n' ;;
  act-fork) setsid sleep 1000 & ;;
  act-push) git push "{repository}" HEAD:refs/heads/main || exit 5 ;;
  act-script) sh ./no-such-script ;;
esac; done
"""

ENDS = frozenset({"Landed", "LandingBounced", "LandingWithdrawn"})

SSH = """\
#!/bin/sh
for last; do :; done
case "$last" in git-receive-pack*)
  test ! -e "{expired}" || {{
    sh -c "git receive-pack --http-backend-info-refs ${{last#git-receive-pack }}"
    echo "fatal: Authentication failed" >&2; exit 255; }} ;;
esac
exec sh -c "$last"
"""

REFUSING = """\
#!/bin/sh
while read old new ref; do
  test "$ref" != refs/heads/guarded || { echo "ask Ada first" >&2; exit 1; }
done
"""


def begin(person: Person, *, gate: str | None = None, patience: str = "5m") -> None:
    """Set the project up, with a gate that waits as long as a file `hold` is there."""
    script = GATE.format(hold=person.home.parent / "hold", repository=person.repository)
    text = CONFIG.format(gate=gate or "sh gate.sh", patience=patience)
    person.configure(text if gate != "" else "")
    person.commit("Begin with orch", **{"gate.sh": script})
    if person.git("remote"):
        person.git("push", "--quiet", "origin", "main")
    person.orch("init", "--yes")
    person.orch("up")


def branch(person: Person, name: str, *, onto: str = "main", file: str = "") -> str:
    """Make a branch that brings one file; return its name."""
    person.git("checkout", "--quiet", "-b", name, onto)
    person.commit(f"Work of {name}", **{file or f"{name}.txt": name})
    person.git("checkout", "--quiet", "main")
    return name


def enqueue(person: Person, name: str, *more: str) -> str:
    """Put a branch into the queue; return the landing's id."""
    landing = person.json("enqueue", name, *more)
    assert isinstance(landing, dict)
    return str(landing["id"])


def end(person: Person, landing: str) -> dict[str, Any]:
    """Wait until a landing is over, and show it."""
    argv = [str(ORCH), "events", "--follow", "--json", "--after", "0"]
    following = subprocess.Popen(
        argv, cwd=person.repository, env=person.environment, stdout=subprocess.PIPE, text=True
    )
    with following:
        assert following.stdout
        events = (json.loads(line) for line in following.stdout)
        over = any(one["landing"] == landing and one["kind"] in ENDS for one in events)
        following.terminate()
    assert over
    return next(one for one in landings(person) if one["id"] == landing)


def land(person: Person, name: str, *more: str) -> dict[str, Any]:
    """Put a branch into the queue, and wait until its landing is over."""
    return end(person, enqueue(person, name, *more))


def landings(person: Person) -> list[dict[str, Any]]:
    """List all landings."""
    found = person.json("landings")
    assert isinstance(found, list)
    return found


def told(person: Person, landing: str, words: str) -> str:
    """Look at the queue until it says this of a landing; return all that it says."""
    late, said = time.monotonic() + 120, ""
    while time.monotonic() < late:
        listed = person.json("queue")
        assert isinstance(listed, list)
        said = next(str(one["reason"]) for one in listed if one["id"] == landing)
        if words in said:
            return said
    pytest.fail(f"the queue says {said!r} of {landing}, not {words!r}")


def on_main(person: Person) -> list[str]:
    """List the titles of what orch has put on main, oldest first."""
    where = "origin.git" if person.git("remote") else "my project"
    log = person.git("log", "--reverse", "--format=%s", "main", cwd=person.home.parent / where)
    return [line for line in log.splitlines() if line.startswith("Work of")]


def test_a_remote_that_goes_in_mid_landing_is_waited_for(person_with_remote: Person) -> None:
    """While the gate runs it goes: the queue says what is wrong, and it lands when it is back."""
    person = person_with_remote
    begin(person)
    hold, bare = person.home.parent / "hold", person.home.parent / "origin.git"
    hold.touch()
    landing = enqueue(person, branch(person, "one"))
    second = enqueue(person, branch(person, "two"))
    person.await_event("ItemGating")
    bare.rename(bare.with_name("away"))
    hold.unlink()
    said = told(person, landing, "origin.git")
    assert "does not appear to be a git repository" in said
    listed = person.json("queue")
    assert isinstance(listed, list)
    assert all("origin.git" in one["reason"] for one in listed)
    assert "\nall for main: " in person.orch("queue")
    assert person.run("doctor").returncode in {0, 1}
    bare.with_name("away").rename(bare)
    assert (end(person, landing)["state"], end(person, second)["state"]) == ("landed", "landed")
    assert on_main(person) == ["Work of one", "Work of two"]


def test_credentials_that_expire_in_mid_push(person_with_remote: Person) -> None:
    """The target can be read and not written: the queue says so; with new ones it lands, once."""
    person = person_with_remote
    root, bare = person.home.parent, person.home.parent / "origin.git"
    expired, ssh = root / "expired", root / "ssh"
    ssh.write_text(SSH.format(expired=expired), encoding="utf-8")
    ssh.chmod(0o755)
    person.extra.update(GIT_SSH=str(ssh), GIT_SSH_VARIANT="simple")
    person.git("remote", "set-url", "origin", f"ssh://localhost{bare}")
    begin(person)
    (root / "hold").touch()
    landing = enqueue(person, branch(person, "one"))
    person.await_event("ItemGating")
    expired.touch()
    (root / "hold").unlink()
    assert "Authentication failed" in told(person, landing, "not known")
    assert on_main(person) == []
    expired.unlink()
    assert end(person, landing)["state"] == "landed"
    assert on_main(person) == ["Work of one"]


def test_what_became_of_a_target_is_told_and_the_others_go_on(person_with_remote: Person) -> None:
    """Protected, deleted, renamed, replaced, never there: each is a sentence, and main goes on."""
    person = person_with_remote
    begin(person, gate="true")
    bare = person.home.parent / "origin.git"
    person.git("push", "--quiet", "origin", "main:guarded", "main:forced")
    hook = bare / "hooks" / "pre-receive"
    hook.write_text(REFUSING, encoding="utf-8")
    hook.chmod(0o755)
    one = branch(person, "one")
    person.orch("queue", "pause", "--reason", "to see what becomes of it")
    waiting = enqueue(person, one)
    refused = land(person, one, "--into", "guarded")
    assert (refused["state"], refused["bounce"]) == ("bounced", "refused")
    assert "ask Ada first" in refused["reason"]
    assert person.run("enqueue", one, "--into", "nowhere").returncode == 1
    person.git("checkout", "--quiet", "--orphan", "other")
    person.commit("Another history")
    person.git("push", "--quiet", "--force", "origin", "other:forced")
    person.git("checkout", "--quiet", "main")
    assert (
        "one has no history in common with forced"
        in land(person, one, "--into", "forced")["reason"]
    )
    assert told(person, waiting, "to see what becomes of it")
    person.orch("queue", "resume")
    assert end(person, waiting)["state"] == "landed"


@pytest.mark.parametrize("name", ["gone"])
def test_a_target_that_is_deleted_and_comes_back(person_with_remote: Person, name: str) -> None:
    """Its lane waits, says what is there instead, and goes on by itself."""
    person = person_with_remote
    begin(person)
    bare, hold = person.home.parent / "origin.git", person.home.parent / "hold"
    person.git("push", "--quiet", "origin", f"main:{name}")
    hold.touch()
    landing = enqueue(person, branch(person, "one"), "--into", name)
    person.await_event("ItemGating")
    person.git("branch", "--move", name, "elsewhere", cwd=bare)
    hold.unlink()
    assert "it has elsewhere, main" in told(person, landing, f"no branch {name!r}")
    assert land(person, branch(person, "two"))["state"] == "landed"
    person.git("branch", "--move", "elsewhere", name, cwd=bare)
    third = enqueue(person, branch(person, "three"), "--into", name)
    assert [end(person, one)["state"] for one in (landing, third)] == ["landed"] * 2


def test_branches_that_bring_nothing_or_are_of_no_use(person: Person) -> None:
    """Without a commit, behind, there already, from another history, with nothing in it."""
    begin(person, gate="true")
    person.git("branch", "bare")
    person.git("branch", "behind", "main~1")
    assert land(person, branch(person, "one"))["state"] == "landed"
    person.git("branch", "again", "one")
    person.git("checkout", "--quiet", "-b", "hollow")
    person.git("commit", "--quiet", "--allow-empty", "--message", "Nothing")
    person.git("checkout", "--quiet", "--orphan", "other")
    person.commit("Another history")
    person.git("checkout", "--quiet", "main")
    ends = {name: land(person, name) for name in ("bare", "behind", "again", "hollow", "other")}
    assert {one["state"] for one in ends.values()} == {"bounced"}
    reasons = {name: (one["bounce"], one["reason"]) for name, one in ends.items()}
    assert reasons["bare"] == ("empty", "main has it already")
    assert reasons["behind"] == ("empty", "main has it already")
    assert reasons["again"][1].startswith("the change landed before as ")
    assert reasons["hollow"][0] == "empty"
    assert reasons["other"][1].startswith("other has no history in common with main")
    assert person.run("enqueue", "no-such-branch").returncode == 1
    assert on_main(person) == ["Work of one"]
    assert person.run("doctor").returncode == 0


BLAMED = {
    "tty": ("red", "`sh gate.sh` exited 3"),
    "stdin": ("red", "`sh gate.sh` exited 4"),
    "push": ("red", "`sh gate.sh` exited 5"),
    "script": ("red", "`sh gate.sh` exited"),
    "write": ("unclean", "README.md"),
    "fork": ("unclean", "sleep"),
}
"""What a change makes its gate do, how that is called, and what is said of it."""
HARMLESS = ("flood", "bytes")


def test_whatever_a_gate_does_the_others_land(person: Person) -> None:
    """In one window: what misbehaves is sent back, what hangs is left aside, the rest lands."""
    begin(person, patience="15s")
    names = ["hang", *BLAMED, *HARMLESS, "good"]
    ids = {}
    for name in names:
        ids[name] = enqueue(person, branch(person, name, file=f"act-{name}"))
    ends = {name: end(person, ids[name]) for name in names if name != "hang"}
    for name in (*HARMLESS, "good"):
        assert (ends[name]["state"], ends[name]["proof"]) == ("landed", "passing"), ends[name]
    for name, (bounce, words) in BLAMED.items():
        assert ends[name]["bounce"] == bounce, ends[name]
        assert words in ends[name]["reason"], ends[name]
    assert "timed out after 15 s" in told(person, ids["hang"], "the gate could not be run")
    person.orch("queue", "cancel", ids["hang"])
    assert on_main(person) == ["Work of flood", "Work of bytes", "Work of good"]
    assert person.run("doctor").returncode == 0


def test_a_gate_that_can_not_be_run_is_nobodys_fault(person: Person) -> None:
    """A program that is missing: the queue says so, and sends nobody back."""
    begin(person, gate="no-such-program")
    landing = enqueue(person, branch(person, "one"))
    assert "no-such-program" in told(person, landing, "the gate could not be run")
    assert landings(person)[0]["state"] != "bounced"


def test_without_a_gate_nothing_is_called_passed(person: Person) -> None:
    """It lands, and is shown for what it is."""
    begin(person, gate="")
    landed = land(person, branch(person, "one"))
    assert (landed["state"], landed["proof"], landed["receipt"]) == ("landed", "ungated", None)
    assert person.json("receipts") == []
