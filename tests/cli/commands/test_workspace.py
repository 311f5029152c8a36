"""Prove that people get into workspaces, with the agent's surroundings."""

import subprocess
import sys

import pytest

from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def test_a_path_is_printed_bare(served: Served, orch: Terminal) -> None:
    """Also from inside of it, by the worker's name."""
    task = await served.add("x")
    await served.begin(task)
    folder = served.home.workspaces(served.project.id) / task
    assert (await orch.run("path", task)).out == f"{folder}\n"
    orch.cwd = folder
    assert (await orch.run("path", "bodu", "--json")).json["path"] == str(folder)


async def test_a_command_runs_there_with_the_tasks_environment(
    served: Served, orch: Terminal
) -> None:
    """Its exit code is the verb's; its options are not ours."""
    task = await served.add("x")
    await served.begin(task)
    folder = served.home.workspaces(served.project.id) / task
    attempt = served.home.attempt(task, 1)
    attempt.mkdir(parents=True)
    (attempt / "environment.json").write_text("ORCH_PORT=4711\nEMPTY=\n", encoding="utf-8")
    shown = 'echo "$PWD $ORCH_TASK_ID $ORCH_PORT $ORCH_WORKER_NAME"; exit 7'
    found = await orch.run("exec", task, "--", "sh", "-c", shown)
    assert (found.code, found.out) == (7, f"{folder} {task} 4711 bodu\n")
    assert (await orch.run("exec", task, "echo", "--json", "-P")).out == "--json -P\n"


async def test_what_can_not_be_run_is_told(served: Served, orch: Terminal) -> None:
    """A command that is missing, and one that was forgotten."""
    task = await served.add("x")
    await served.begin(task)
    missing = await orch.run("exec", task, "no-such-program-here")
    assert (missing.code, "no program" in missing.err) == (1, True)
    assert (await orch.run("exec", task)).code == 2


async def test_a_task_without_a_workspace_says_so(served: Served, orch: Terminal) -> None:
    """With the command that explains it."""
    task = await served.add("x")
    found = await orch.run("path", task)
    assert (found.code, "next: orch why t1" in found.err) == (1, True)


async def test_a_workspace_is_opened_in_the_editor(served: Served, orch: Terminal) -> None:
    """In its folder."""
    task = await served.add("x")
    await served.begin(task)
    orch.extra["VISUAL"] = "sh -c 'pwd; echo \"$1\"' editor"
    folder = served.home.workspaces(served.project.id) / task
    assert (await orch.run("open", task)).out == f"{folder}\n.\n"


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_hook_is_a_function_of_the_shell(shell: str) -> None:
    """A shell can read it."""
    printed = subprocess.run(
        [sys.executable, "-m", "orch.cli.main", "shell-hook", shell],
        capture_output=True,
        check=True,
    ).stdout
    read = subprocess.run([shell, "-c", 'eval "$(cat)"; command -v oc'],
                          input=printed, capture_output=True, check=True)  # fmt: skip
    assert b"oc" in read.stdout


async def test_there_is_nothing_to_clean_up(served: Served, orch: Terminal) -> None:
    """Before there was anything."""
    assert (await orch.run("gc", "--dry-run")).out == "there is nothing to remove\n"
    assert (await orch.run("gc", "--json")).json == []
    assert served.project.id
