"""Prove that the audit log can be read, and that a broken one is told by the exit code."""

from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def test_it_is_shown_and_verified(served: Served, orch: Terminal) -> None:
    """Who did what; then the head, which a person may note."""
    await served.add("Mend it")
    shown = await orch.run("audit", "-n", "5")
    assert "task.add" in shown.out
    assert "title='Mend it'" in shown.out
    assert (await orch.run("audit", "--json")).json[0]["seq"] == 1
    whole = await orch.run("audit", "verify", "--json")
    assert (whole.code, whole.json["ok"], whole.json["entries"]) == (0, True, 1)
    assert (await orch.run("audit", "verify", "--head", whole.json["head"])).code == 0


async def test_a_broken_one_is_told(served: Served, orch: Terminal) -> None:
    """Exit 1, the place and the reason."""
    await served.add("Mend it")
    path = served.context.audit.files.files()[0]
    path.write_bytes(path.read_bytes().replace(b"Mend it", b"Made it"))
    found = await orch.run("audit", "verify")
    assert found.code == 1
    assert "line 1: entry 1 does not match its hash" in found.out
