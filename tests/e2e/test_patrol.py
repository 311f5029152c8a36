"""Prove, as a person sees it, that a project pauses itself and stays resumed when resumed."""

from tests.e2e.person import Person

CONFIG = """
[landing]
base_branch = "main"

[agents.hopeless]
start_command = "exit 1"

[limits]
attempts = 1
patrol_failures = 3
sessions = 1
"""


def test_a_project_pauses_itself_and_stays_resumed(person: Person) -> None:
    """Also when the daemon is killed, and although the old failures are still in the history."""
    person.configure(CONFIG)
    person.orch("init", "--yes")
    tasks = [person.orch("add", f"Fail {n}") for n in range(3)]
    for task in tasks:
        assert person.run("wait", task, "--timeout", "120").returncode == 1
    person.await_event("ProjectPaused")
    held = person.orch("add", "Wait for a person")
    assert "paused: 3 tasks in a row ended without landing: t1, t2, t3" in person.orch("status")
    inbox = person.json("inbox")
    assert isinstance(inbox, list)
    assert inbox[0]["why"] == "paused"
    assert str(inbox[0]["next"][0]).startswith("orch project resume")
    assert person.show(held)["status"] == "routed"
    person.orch("project", "resume")
    assert person.run("wait", held, "--timeout", "120").returncode == 1
    person.kill_daemon()
    more = person.orch("add", "Fail again")
    assert person.run("wait", more, "--timeout", "120").returncode == 1
    assert "(paused" not in person.orch("status")
    projects = person.json("project", "list")
    assert isinstance(projects, list)
    assert projects[0]["paused"] is False
