"""A gate whose commands run side by side, through a real daemon."""

from tests.e2e.person import Person
from tests.e2e.test_lane_troubles import branch, land

CONFIG = """
[landing]
quality_gate = ["sh slow.sh", "sh quick.sh"]

[gate]
parallel = true
"""


def test_the_first_failure_of_a_gate_ends_what_runs_beside(person: Person) -> None:
    """The change is sent back for it alone, and the log says of each line whose it is."""
    slow = "echo slow; test ! -e bad.txt || sleep 1000\n"
    person.configure(CONFIG)
    person.commit("A gate", **{"slow.sh": slow, "quick.sh": "echo quick; test ! -e bad.txt\n"})
    person.orch("init", "--yes")
    bad, good = land(person, branch(person, "bad")), land(person, branch(person, "good"))
    assert bad["state"] == "bounced"
    assert bad["reason"] == "red on top of main: `sh quick.sh` exited 1"
    log = person.orch("logs", "--gate", bad["id"])
    assert "\n[2] quick\n" in log
    assert "# [1] ended because `sh quick.sh` exited 1\n" in log
    assert "exited 1; not run to their ends: `sh slow.sh`" in log
    assert good["state"] == "landed"
    told = person.json("receipts")
    assert isinstance(told, list)
    kept = [[result["command"] for result in one["results"]] for one in told]
    assert ["sh quick.sh"] in kept
    assert ["sh slow.sh", "sh quick.sh"] in kept
