"""Verbs around the main job, as a person uses them on real parts."""

import json
import shlex

from tests.e2e.person import ORCH, Person
from tests.e2e.test_main_job import CONFIG, GOOD, set_up


def test_a_tasks_work_lands_on_another_branch_too(person: Person) -> None:
    """`merge --into`: the task stays what it is."""
    set_up(person, GOOD)
    person.git("branch", "next")
    before = person.git("rev-parse", "next")
    task = person.orch("add", "Make a file")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    told = person.orch("merge", task, "--into", "next")
    assert f"landed: next {before} -> {person.git('rev-parse', 'next')}" in told
    assert person.git("show", f"next:file-{task}.txt") == task
    assert person.show(task)["status"] == "done"


def test_a_branch_of_ones_own_lands_and_says_both_commits(person: Person) -> None:
    """Gated like everybody's."""
    set_up(person, GOOD)
    person.git("switch", "--quiet", "--create", "topic")
    person.write("mine.txt", "by hand\n")
    person.git("add", "mine.txt")
    person.git("commit", "--quiet", "--message", "Mine")
    person.git("switch", "--quiet", "main")
    before = person.git("rev-parse", "main")
    told = person.orch("enqueue", "topic", "--wait")
    assert told.endswith(f"main {before} -> {person.git('rev-parse', 'main')}")
    assert (person.repository / "mine.txt").exists()
    assert person.orch("undo", "l1", "--yes", "--wait").startswith("l2 landed")
    for landing in ("l1", "l2"):
        events = person.json("events", "--landing", landing, "--kind", "LandingSubmitted")
        assert isinstance(events, list)
        assert [event["actor"].partition(":")[0] for event in events] == ["person"]
    missing = person.run("enqueue", "no-such-branch")
    assert (missing.returncode, "topic" in missing.stderr) == (1, True)


def test_saved_work_is_shown_and_brought_back(person: Person) -> None:
    """As a branch that git can fetch."""
    written = person.pipe("written")
    work = f'echo precious > precious.txt; echo yes > "{written}"\n'
    set_up(person, work + "while true; do sleep 0.1; done\n")
    task = person.orch("add", "Work for ever")
    assert written.read_text(encoding="utf-8") == "yes\n"
    assert person.run("wait", task, "--timeout", "1").returncode == 124
    folder = person.orch("path", task)
    listed = person.orch("exec", task, "--", "sh", "-c", "pwd; ls").splitlines()
    assert listed == [folder, "README.md", "check.sh", "precious.txt"]
    person.orch("task", "cancel", task, "--yes")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    while not (saved := json.loads(person.orch("saved", "list", task, "--json"))):
        person.orch("events", "--task", task)
    assert "precious" in person.orch("saved", "show", saved[0]["ref"])
    restored = json.loads(person.orch("saved", "restore", saved[0]["ref"], "--json"))
    person.git(*shlex.split(restored["export"])[1:])
    assert person.git("show", f"{restored['branch']}:precious.txt") == "precious"


def test_what_has_ended_is_cleaned_up(person: Person) -> None:
    """Nothing is left of a task that landed but its history."""
    set_up(person, GOOD)
    task = person.orch("add", "Make a file")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    (person.home / "config.toml").write_text('[gc]\nkeep = "0.000001s"\n', encoding="utf-8")
    transcripts = person.home / "sessions" / f"{task}.1"
    assert transcripts.exists()
    person.orch("gc", "--yes")
    assert not transcripts.exists()
    assert person.orch("gc", "--dry-run") == "there is nothing to remove"
    assert person.show(task)["status"] == "done"


def test_a_log_is_read_by_the_workers_name(person: Person) -> None:
    """And the gate's beside it."""
    set_up(person, GOOD)
    task = person.orch("add", "Make a file")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    attempts = person.show(task)["attempts"]
    assert isinstance(attempts, list)
    worker = attempts[0]["worker"]
    assert f"as {worker}" in person.orch("logs", worker)
    assert person.run("logs", task, "--gate").returncode == 0


def test_an_agent_sees_its_own_task_and_can_do_no_harm(person: Person) -> None:
    """Whatever it sends, however it hides: the kernel says that it descends from a session."""
    orch = shlex.quote(str(ORCH))
    set_up(
        person,
        f"{orch} task show $ORCH_TASK_ID > shown.txt\n"
        f"{orch} down > down.txt 2>&1\n"
        f"env -u ORCH_SESSION setsid {orch} task cancel $ORCH_TASK_ID --yes > cancel.txt 2>&1\n"
        f"{orch} config set landing.mode manual > config.txt 2>&1\n"
        "true\n",
    )
    task = person.orch("add", "Mind your own business")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert "Mind your own business" in person.git("show", "main:shown.txt")
    for refused in ("down", "config"):
        assert "within session" in person.git("show", f"main:{refused}.txt")
    assert "only to tasks that it filed" in person.git("show", "main:cancel.txt")


def test_a_task_goes_on_when_its_agent_is_there(person: Person) -> None:
    """Without a further word: once the configuration has been read again."""
    set_up(person, GOOD)
    person.orch("config", "set", "agents.fixer.start_command", "no-such-program-anywhere")
    task = person.orch("add", "Make a file")
    person.await_event("SessionRefused", task)
    person.orch("daemon", "reload")
    assert person.show(task)["status"] == "blocked"
    person.configure(CONFIG.format(script=person.home.parent / "agent.sh"))
    person.orch("trust", "--yes")
    person.orch("daemon", "reload")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
