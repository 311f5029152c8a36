"""What a person sees of the queue, through a real daemon with real gates."""

from typing import Any

from tests.e2e.person import Person
from tests.e2e.test_judge import set_up
from tests.e2e.test_lane_troubles import branch, end, enqueue, landings

BATCH = """
[landing]
quality_gate = "sh gate.sh"
batch = 3
"""


def queue(person: Person) -> list[dict[str, Any]]:
    """List what is in the lane."""
    found = person.json("queue")
    assert isinstance(found, list)
    return found


def test_those_of_a_batch_are_seen_at_their_gate(person: Person) -> None:
    """All three while it runs, with one start; it is the proof of the last, and covers the rest."""
    begun, go = person.pipe("begun"), person.pipe("go")
    person.configure(BATCH)
    person.commit("A gate", **{"gate.sh": f'echo begun > "{begun}" && cat "{go}"\n'})
    person.orch("init", "--yes")
    person.orch("queue", "pause")
    ids = [enqueue(person, branch(person, name)) for name in ("one", "two", "three")]
    person.orch("queue", "resume")
    assert begun.read_text(encoding="utf-8") == "begun\n"
    listed = queue(person)
    assert [(item["id"], item["state"], item["gate"]) for item in listed] == [
        (landing, "gating", "running") for landing in ids
    ]
    assert len({item["started"] for item in listed}) == 1
    assert listed[0]["started"]
    assert [item["gated_with"] for item in listed] == [
        ["l2", "l3"],
        ["l1", "l3"],
        ["l1", "l2"],
    ]
    assert person.orch("queue").endswith("\nl1, l2, l3: gated together, by one run")
    why = person.orch("why", "l1")
    assert why.startswith("l1 is gating for ")
    assert "gated together with l2, l3, by one run" in why
    assert [one["state"] for one in landings(person)] == ["gating"] * 3
    go.write_text("go\n", encoding="utf-8")
    for landing in ids:
        end(person, landing)
    proofs = {one["id"]: one["proof"] for one in landings(person)}
    assert proofs == {"l1": "covered", "l2": "covered", "l3": "passing"}
    assert person.orch("queue") == "nothing waits to land"


def test_what_its_judge_reads_is_told_below_the_lane(person: Person) -> None:
    """As long as it has not said its word; then it goes through the lane."""
    begun, go = person.pipe("begun"), person.pipe("go")
    set_up(person, deed=f'echo begun > "{begun}" && cat "{go}" > /dev/null')
    (person.home.parent / "work.sh").write_text("echo right > roof.txt\n", encoding="utf-8")
    task = person.orch("add", "Mend the roof")
    assert begun.read_text(encoding="utf-8") == "begun\n"
    told = person.orch("queue").splitlines()
    assert told[0] == "nothing waits to land"
    assert told[1].startswith(f"1 before the lane: {task} is with its judge, judge, for ")
    assert person.json("queue") == []
    go.write_text("go\n", encoding="utf-8")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.orch("queue") == "nothing waits to land"
