"""Prove that a person is told when an agent took more than its profile lets it."""

import sys

from tests.e2e.person import Person
from tests.e2e.test_main_job import CHECK

CONFIG = """
[landing]
base_branch = "main"
quality_gate = "sh check.sh"

[agents.eater]
start_command = "exec {python} -S {script}"
memory = "100MB"
processes = 50
cpu = 1

[limits]
attempts = 1
"""

EAT = "import time\nheld = bytearray(400_000_000)\ntime.sleep(100000)\n"


def test_an_agent_that_eats_all_memory_is_told_as_such(person: Person) -> None:
    """In the story of the task, by `orch why`, and in what the attempt took."""
    script = person.home.parent / "agent.py"
    script.write_text(EAT, encoding="utf-8")
    person.commit("A check", **{"check.sh": CHECK})
    person.configure(CONFIG.format(python=sys.executable, script=script))
    person.orch("init", "--yes")
    task = person.orch("add", "Eat")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    shown = person.show(task)
    assert shown["status"] == "failed"
    assert "out of memory: it took " in str(shown["story"])
    attempts = shown["attempts"]
    assert isinstance(attempts, list)
    assert attempts[0]["exit_signal"] == 9
    assert attempts[0]["peak_memory_bytes"] > 100_000_000
    assert "of memory)" in person.orch("why", task)
