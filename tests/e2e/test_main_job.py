"""The main job, as a person does it: tasks in, landed commits out."""

from tests.e2e.person import Person
from tests.e2e.test_lane_troubles import told

CONFIG = """
[landing]
mode = "direct"
base_branch = "main"
quality_gate = "sh check.sh"
gate_timeout = "1m"
strategy = "squash"

[agents.fixer]
adapter = "command"
start_command = "sh {script}"
idle_timeout = "30s"
stuck_timeout = "5m"

[limits]
sessions = 4
attempts = 3
"""

GOOD = """\
echo "it reads $ORCH_PROMPT_FILE as $ORCH_WORKER_NAME"
test -s "$ORCH_PROMPT_FILE" || exit 9
echo "$ORCH_TASK_ID" > "file-$ORCH_TASK_ID.txt"
git add --all && git commit --quiet --message "work of $ORCH_TASK_ID"
"""

CHECK = "test ! -e broken\n"


def set_up(person: Person, script: str) -> None:
    """Register the project with an agent that runs this script."""
    path = person.home.parent / "agent.sh"
    path.write_text(script, encoding="utf-8")
    person.commit("A check", **{"check.sh": CHECK})
    person.configure(CONFIG.format(script=path))
    person.orch("init", "--yes")
    person.orch("up")


def test_a_task_goes_from_add_to_a_landed_commit(person: Person) -> None:
    """With a gate, in a repository without a remote: the checkout follows."""
    set_up(person, GOOD)
    before = person.git("rev-parse", "main")
    task = person.orch("add", "Make a file")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    shown = person.show(task)
    assert shown["status"] == "done"
    landing = shown["landing"]
    assert isinstance(landing, dict)
    assert landing["state"] == "landed"
    assert landing["old"] == before
    assert landing["new"] == person.git("rev-parse", "main")
    assert (person.repository / f"file-{task}.txt").exists()
    assert person.git("status", "--porcelain", "--untracked-files=no") == ""
    body = person.git("log", "-1", "--format=%B", "main")
    assert f"Task-Id: {task}" in body
    assert f"Landing-Id: {landing['id']}" in body
    assert person.run("doctor").returncode == 0


def test_landings_are_pushed_to_a_remote(person_with_remote: Person) -> None:
    """And the person's own checkout stays as it is."""
    person = person_with_remote
    set_up(person, GOOD)
    person.git("push", "--quiet", "origin", "main")
    here = person.git("rev-parse", "HEAD")
    task = person.orch("add", "Make a file")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    there = person.git("ls-remote", "origin", "refs/heads/main").split()[0]
    assert there != here
    assert person.git("rev-parse", "HEAD") == here


def test_a_red_gate_sends_the_work_back_with_its_output(person: Person) -> None:
    """The second attempt reads what the gate said, and mends it."""
    set_up(
        person,
        'if [ "$ORCH_ATTEMPT" = 1 ]; then touch broken; else\n'
        'grep -q "exited 1" "$ORCH_PROMPT_FILE" || exit 9\n'
        "git rm --quiet broken; touch mended; fi\n"
        "git add --all && git commit --quiet --message work\n",
    )
    task = person.orch("add", "Break it, then mend it")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    shown = person.show(task)
    attempts = shown["attempts"]
    assert isinstance(attempts, list)
    assert len(attempts) == 2
    assert person.git("ls-tree", "--name-only", "main", "mended", "broken") == "mended"


def test_what_an_agent_left_uncommitted_is_committed_for_it(person: Person) -> None:
    """The default: work counts, not who typed `git commit`."""
    set_up(person, "echo new > new.txt\n")
    task = person.orch("add", "Leave it lying about")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.git("show", "main:new.txt") == "new"


def test_an_agent_that_does_nothing_has_not_succeeded(person: Person) -> None:
    """Exit 0 without a change is `no changes`, tried as often as the budget says."""
    set_up(person, "echo all done\n")
    task = person.orch("add", "Do nothing")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    shown = person.show(task)
    assert (shown["status"], shown["reason"]) == ("failed", "no changes")
    attempts = shown["attempts"]
    assert isinstance(attempts, list)
    assert len(attempts) == 3


def test_four_tasks_at_once_all_land_on_a_linear_main(person: Person) -> None:
    """Side by side, one commit each, every one with one parent."""
    set_up(person, GOOD)
    tasks = [person.orch("add", f"Make file {number}") for number in range(4)]
    assert person.run("wait", *tasks, "--timeout", "120").returncode == 0
    assert person.git("rev-list", "--count", "main") == "6"
    assert person.git("rev-list", "--merges", "--count", "main") == "0"


def test_the_daemon_may_die_while_an_agent_works(person: Person) -> None:
    """`kill -9`: the session goes on, and what it does is landed by the next daemon."""
    gate, begun = person.home.parent / "go", person.pipe("begun")
    set_up(person, f'echo yes > "{begun}"; while ! test -e "{gate}"; do sleep 0.1; done\n' + GOOD)
    task = person.orch("add", "Outlive the daemon")
    assert begun.read_text(encoding="utf-8") == "yes\n"
    assert person.run("wait", task, "--timeout", "1").returncode == 124
    person.kill_daemon()
    gate.touch()
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    attempts = person.show(task)["attempts"]
    assert isinstance(attempts, list)
    assert len(attempts) == 1


def test_a_landing_waits_for_a_dirty_checkout_and_goes_on_by_itself(person: Person) -> None:
    """It says which file is in the way; nothing of the person's is touched."""
    set_up(person, "echo changed >> README.md && git commit --quiet --all --message work\n")
    person.write("README.md", "# mine, and I am not done\n")
    task = person.orch("add", "Change the readme")
    person.await_event("LandingSubmitted", task)
    landing = person.show(task)["landing"]
    assert isinstance(landing, dict)
    assert told(person, str(landing["id"]), "README.md")
    assert person.run("wait", task, "--timeout", "1").returncode == 124
    assert "not done" in (person.repository / "README.md").read_text(encoding="utf-8")
    person.git("checkout", "--quiet", "README.md")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert "changed" in (person.repository / "README.md").read_text(encoding="utf-8")


def test_a_landing_is_undone_by_a_landing(person: Person) -> None:
    """A revert, gated and recorded like any other change."""
    set_up(person, GOOD)
    task = person.orch("add", "Make a file")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    landing = person.show(task)["landing"]
    assert isinstance(landing, dict)
    person.orch("undo", str(landing["id"]), "--wait", "--yes")
    assert not (person.repository / f"file-{task}.txt").exists()
    assert person.git("rev-list", "--count", "main") == "4"


def test_a_cancelled_task_never_lands_and_its_work_is_kept(person: Person) -> None:
    """Uncommitted work too: it is saved under a ref before the workspace goes."""
    written = person.pipe("written")
    work = f'echo precious > precious.txt; echo yes > "{written}"\n'
    set_up(person, work + "while true; do sleep 0.1; done\n")
    task = person.orch("add", "Work for ever")
    assert written.read_text(encoding="utf-8") == "yes\n"
    assert person.run("wait", task, "--timeout", "1").returncode == 124
    person.orch("task", "cancel", task, "--yes")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    person.await_event("WorkspaceReleased", task)
    saved = person.show(task)["saved"]
    assert isinstance(saved, list)
    assert len(saved) == 1
