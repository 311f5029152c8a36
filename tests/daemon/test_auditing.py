"""Prove that every command that changes something is written down, and that no log stops one."""

import asyncio

import pytest

from orch.adapters.audit import AuditLog
from orch.core.audit import Command
from orch.daemon.auditing import HELD, LOOKS, REPORTS, Auditor
from orch.daemon.methods.all import METHODS
from orch.system.paths import Home
from orch.wire.codes import WireError
from tests.daemon.served import Served


def command(n: int = 0) -> Command:
    """Make a command."""
    return Command(at=float(n), actor="person:ada", method=f"m{n}", outcome="ok")


def test_what_is_a_mere_look_exists() -> None:
    """A method that is not on the list is written down, so the list may not go stale."""
    assert METHODS.keys() >= LOOKS | REPORTS


async def test_a_command_is_written_down_before_it_is_answered(served: Served) -> None:
    """Who, from which process, what, and what became of it; looks are not."""
    await served.add("Mend it", prompt="token: ghp_" + "a" * 30)
    await served.call("status.get")
    with pytest.raises(WireError):
        await served.call("task.cancel", task="t99")
    found = served.context.audit.files.tail(10)
    assert [(entry.method, entry.outcome) for entry in found] == [
        ("task.add", "ok"),
        ("task.cancel", "not_found"),
    ]
    assert found[0].actor.startswith("person:")
    assert found[0].pid > 0
    assert "ghp_" not in str(found[0].params)


async def test_commands_that_come_together_are_all_there(served: Served) -> None:
    """One after the other in the chain, whoever was first."""
    await asyncio.gather(*(served.add(f"task {n}") for n in range(20)))
    assert (await served.call("audit.verify"))["entries"] == 20


async def test_it_can_be_followed(served: Served) -> None:
    """First what was missed, then each new entry."""
    await served.add("one")
    caller = await served.caller()
    await caller.call("audit.follow", after=0)
    assert (await caller.news())["entry"]["params"]["title"] == "one"
    await served.add("two")
    assert (await caller.news())["entry"]["params"]["title"] == "two"
    await caller.close()


async def test_a_log_that_can_not_be_written_stops_nobody(served: Served) -> None:
    """The command works; doctor and status complain; later there is an entry about the gap."""
    served.home.audit.write_text("in the way")
    task = await served.add("work goes on")
    status = await served.call("status.get")
    assert [one["subject"] for one in status["warnings"]] == ["audit log"]
    assert not (await served.call("doctor.run"))["ok"]
    served.home.audit.unlink()
    await served.call("task.cancel", task=task)
    assert (await served.call("doctor.run"))["ok"]
    found = served.context.audit.files.tail(10)
    assert [entry.method for entry in found] == ["audit.gap", "task.add", "task.cancel"]
    assert (found[0].params["late"], found[0].params["lost"]) == (2, 0)


async def test_what_does_not_fit_into_memory_is_counted(home: Home) -> None:
    """A disk that stays full for long costs entries, not the daemon."""
    auditor = Auditor(AuditLog(home.audit))
    home.audit.write_text("in the way")
    for n in range(HELD + 3):
        await auditor.note(command(n))
    home.audit.unlink()
    await auditor.inspect()
    found = auditor.files.tail(HELD + 10)
    assert len(found) == HELD + 1
    assert found[0].params["lost"] == 3
    assert auditor.findings() == []


async def test_doctor_finds_a_log_that_was_changed(served: Served) -> None:
    """And names the command that says more."""
    await served.add("one")
    path = served.context.audit.files.files()[0]
    path.write_bytes(path.read_bytes().replace(b'"one"', b'"two"'))
    found = (await served.call("doctor.run"))["findings"]
    assert "orch audit verify" in [one["repair"] for one in found]
