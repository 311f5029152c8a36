"""Prove the exit codes, the one error edge, and that hot verbs start without anything heavy."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.daemon.served import Served

HEAVY = {
    "asyncio",
    "click",
    "dataclasses",
    "logging",
    "msgspec",
    "orch.daemon",
    "orch.system.paths",
    "pathlib",
    "rich",
    "structlog",
    "subprocess",
    "tempfile",
    "typing",
}

LOADED = """
import sys
sys.argv = ["orch", *sys.argv[1:]]
from orch.cli.main import run
code = run(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "line",
    [
        "status",
        "status --json",
        "add hot",
        "task show t1",
        "task list",
        "wait t1 --timeout 0.01",
        "queue",
        "inbox",
        "events",
        "workers",
        "receipts",
        "why t1",
        "logs t1",
        "path t1",
    ],
)
async def test_hot_verbs_load_nothing_heavy(served: Served, orch: Terminal, line: str) -> None:
    """Which modules are loaded is what decides how fast they start."""
    await served.add("A task")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        LOADED,
        *line.split(),
        env=orch.environment,
        cwd=orch.cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    loaded = set(err.decode().splitlines()[-1].split())
    assert "orch.cli.main" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("status", 0, ""),
        ("task show t9", 1, "no task 't9'"),
        ("task show", 2, "TASK"),
        ("task list --limit many", 2, "many"),
        ("task list --no-such-option", 2, "no-such-option"),
        ("nonsense", 2, "no verb `nonsense`"),
        ("stauts", 2, "next: orch status"),
        ("task shwo t1", 2, "next: orch task show"),
        ("tui", 2, "not there yet"),
        ("task publish t1", 2, "not there yet"),
        ("add --project nowhere x", 1, "no project nowhere"),
        ("task cancel t1", 2, "next: orch task cancel t1 --yes"),
        ("undo l9", 1, "no landing 'l9'"),
    ],
)
async def test_each_end_has_its_exit_code(
    served: Served, orch: Terminal, line: str, code: int, said: str
) -> None:
    """Failures are told on standard error, with the next command."""
    await served.add("A task")
    found = await orch.run(*line.split())
    assert (found.code, found.out if code else "") == (code, "")
    assert said in found.err


async def test_a_bug_leaves_a_report(served: Served, orch: Terminal) -> None:
    """Exit code 3, the file named, and no prompt in it."""
    wrong = {**orch.environment, "COLUMNS": "80"}
    code = "import orch.cli.commands.overview as o\no.write_status = None\n" + LOADED
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        "status",
        env=wrong,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert process.returncode == 3
    report = next((served.home.root / "logs").glob("crash-*.txt"))
    assert f"report: {report}" in err.decode()
    assert "TypeError" in report.read_text(encoding="utf-8")


async def test_a_bug_of_the_daemon_is_one_too(
    served: Served, orch: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3, and the daemon's report is named."""

    async def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(served.engine, "diagnose", broken)
    found = await orch.run("doctor")
    assert found.code == 3
    assert "crash-" in found.err


async def test_a_reader_that_has_gone_is_no_bug(served: Served, orch: Terminal) -> None:
    """As in `orch events | head`."""
    for number in range(200):
        await served.add(f"A task with a long enough title {number}")
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "orch.cli.main",
        "events",
        "--limit",
        "1000",
        env=orch.environment,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    _, err = await process.communicate()
    assert process.returncode == 141
    assert err == b""


async def test_what_agents_wrote_reaches_no_terminal_raw(served: Served, orch: Terminal) -> None:
    """Control sequences in a log are removed; --raw is for those who ask."""
    task = await served.add("x")
    await served.begin(task)
    served.sessions.put(f"{task}.1", b"\x1b]0;title\x07one\r\n\x1b[31mtwo\x1b[0m\xc2\x9b2J\n")
    assert (await orch.run("logs", task)).out == "one\ntwo\n"
    raw = await orch.run("logs", task, "--raw")
    assert "\x1b[31mtwo" in raw.out


def test_help_needs_no_daemon(tmp_path: Path) -> None:
    """It lists the everyday verbs first."""
    done = subprocess.run(
        [sys.executable, "-m", "orch.cli.main", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    verbs = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    order = [verbs.index(verb) for verb in ("init", "up", "add", "status", "task", "daemon")]
    assert order == sorted(order)
