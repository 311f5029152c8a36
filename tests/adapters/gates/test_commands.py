"""Commands of a gate that run side by side: who ends whom, and what each is told to have done."""

import asyncio
import os
import re
from pathlib import Path

import pytest

from orch.core.receipt import Outcome
from orch.ports.gate import GateResult
from orch.system.bounds import GATE_SCORE
from orch.system.process import dwelling, marked
from orch.testing.puppets import ASLEEP
from tests.adapters.gates.worlds import RealGateWorld


@pytest.fixture
async def world(tmp_path: Path) -> RealGateWorld:
    """Give a real project with a gate."""
    return await RealGateWorld(tmp_path).open()


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """Give what one command can wait at for another."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


async def check(world: RealGateWorld, *commands: str, **spec: object) -> GateResult:
    """Gate a commit by these commands at once."""
    order = world.order(world.script("true"), commands=commands, parallel=True, **spec)
    return await world.gate.check(order)


def after(world: RealGateWorld, number: int) -> str:
    """Wait, as a command, until the log tells of the end of another one."""
    return f"until grep -q '^# .{number}. exit' '{world.log}'; do sleep 0.05; done"


def lines(world: RealGateWorld, number: int) -> list[str]:
    """Read from the log what is told of a command."""
    found = re.findall(rf"^(#? ?)\[{number}\] (.*)$", world.log.read_text(), re.MULTILINE)
    return [re.sub(r", after .*", "", f"{sign}{text}") for sign, text in found]


async def test_they_run_at_the_same_time(world: RealGateWorld, fifo: Path) -> None:
    """The first waits for the second; the results have them in the order of the config."""
    commands = (f"cat '{fifo}'; {after(world, 2)}; echo first", f"echo second >'{fifo}'")
    result = await check(world, *commands)
    assert result.outcome is Outcome.PASSED
    assert [one.command for one in result.results] == list(commands)
    assert lines(world, 1) == ["second", "first", "# exit 0"]
    assert lines(world, 2) == ["# exit 0"]


async def test_what_they_start_is_known_by_its_score_wherever_it_hides(
    world: RealGateWorld, tmp_path: Path
) -> None:
    """It can drop its environment, group and folder; so nobody takes it for a person."""
    told = tmp_path / "told"
    loose = f"(cd / && setsid env -i sh -c 'cat /proc/self/oom_score_adj >\"{told}\"' &)"
    result = await check(world, f"{loose}; until test -s '{told}'; do sleep 0.05; done")
    assert result.outcome is Outcome.PASSED
    assert int(told.read_text()) >= GATE_SCORE


async def test_the_set_up_is_done_by_then(world: RealGateWorld) -> None:
    """It has nothing beside it, and its commands are none of the results."""
    setup = ("echo one >made", "echo two >>made")
    result = await check(world, "grep one made", "grep two made", setup=setup)
    assert [one.exit_code for one in result.results] == [0, 0]
    assert [lines(world, number)[0] for number in (1, 2)] == ["one", "two"]


async def test_the_first_failure_ends_the_others(world: RealGateWorld, fifo: Path) -> None:
    """With all that they have started; it is not their failure, and is not kept as a result."""
    bare = "env -i setsid sleep 986 >/dev/null 2>&1 & setsid sleep 987 >/dev/null 2>&1 &"
    slow = f"trap '' TERM; {bare} echo go >'{fifo}'; sleep 985; sleep 985"
    broken = f"cat '{fifo}'; echo broken; exit 3"
    result = await check(world, slow, broken)
    assert (result.outcome, result.excerpt) == (Outcome.RED, "go\nbroken\n")
    assert [(one.command, one.exit_code) for one in result.results] == [(broken, 3)]
    assert result.reason == f"`{broken}` exited 3; not run to their ends: `{slow}`"
    assert lines(world, 1) == [f"# ended because `{broken}` exited 3"]
    assert marked(f"ORCH_GATE_SLOT={world.slot}") == dwelling(world.slot) == []


async def test_all_run_to_their_ends_where_one_failure_is_not_the_end(
    world: RealGateWorld,
) -> None:
    """All that fail are told, each with its part, in the order of the config."""
    commands = (f"{after(world, 2)}; echo one; exit 3", "echo two; exit 4", "echo fine")
    result = await check(world, *commands, fail_fast=False)
    assert [one.exit_code for one in result.results] == [3, 4, 0]
    assert "exited 3, and 1 more failed" in result.reason
    assert "exit 3\none\n" in result.excerpt
    assert result.excerpt.endswith("exit 4\ntwo\n")


async def test_each_has_its_own_time_out(world: RealGateWorld) -> None:
    """What passes beside it does not make a gate pass whose other command hangs."""
    result = await check(world, "sleep 987", "echo fine", timeout_s=5.0, fail_fast=False)
    assert result.outcome is Outcome.INFRA
    assert result.reason.startswith("`sleep 987` timed out")
    assert lines(world, 2) == ["fine", "# exit 0"]


@pytest.mark.parametrize("fail_fast", [True, False])
async def test_proof_counts_before_what_is_not_known(
    world: RealGateWorld, *, fail_fast: bool
) -> None:
    """Red beside a command that was killed is red; unclean beside it may be the kill's doing."""
    killed, leaves = "kill -9 $$", "setsid sleep 987 >/dev/null 2>&1 & exit 0"
    red = await check(world, f"{after(world, 2)}; kill -9 $$", "exit 1", fail_fast=False)
    assert red.outcome is Outcome.RED
    lost = await check(world, killed, "sleep 987" if fail_fast else leaves, fail_fast=fail_fast)
    assert lost.outcome is Outcome.INFRA
    assert "signal 9" in lost.reason


async def test_who_leaves_processes_is_named(world: RealGateWorld) -> None:
    """They are ended with the command that started them; what runs beside it goes on."""
    leaves, other = "setsid sleep 987 >/dev/null 2>&1 & exit 0", f"{after(world, 1)}; echo on"
    result = await check(world, leaves, other, fail_fast=False)
    assert result.outcome is Outcome.UNCLEAN
    assert result.reason.startswith(f"`{leaves}` left processes behind: ")
    assert lines(world, 2) == ["on", "# exit 0"]


async def test_what_bears_no_mark_is_held_against_all(world: RealGateWorld) -> None:
    """Where it stands tells of the checkout, not of the command; all are named."""
    leaves = f"(env -i setsid sleep 987 >/dev/null 2>&1 & {ASLEEP})"
    result = await check(world, leaves, "true")
    assert result.outcome is Outcome.UNCLEAN
    assert result.reason.startswith(f"`{leaves}` or `true` left processes behind: ")
    assert dwelling(world.slot) == []


async def test_what_was_cut_is_not_held_against_who_passed(world: RealGateWorld) -> None:
    """What it could not end itself, as it was ended, is nobody's leftover."""
    fine, stray = "true", "env -i setsid sleep 987 >/dev/null 2>&1 & sleep 986"
    leaves = f"{after(world, 1)}; setsid sleep 985 >/dev/null 2>&1 & exit 0"
    result = await check(world, fine, stray, leaves)
    assert result.outcome is Outcome.UNCLEAN
    assert result.reason.startswith(f"`{leaves}` left processes behind: ")
    assert dwelling(world.slot) == []


async def test_what_they_change_is_looked_at_in_the_end(world: RealGateWorld) -> None:
    """A file that one of them writes and puts back is no stain; one that stays changed is."""
    harm = "cp README.md kept; echo x >README.md"
    mends = f"{after(world, 1)}; cp kept README.md"
    assert (await check(world, harm, mends)).outcome is Outcome.PASSED
    result = await check(world, harm, "true")
    assert result.outcome is Outcome.UNCLEAN
    assert "README.md" in result.reason


async def test_cancelling_ends_all(world: RealGateWorld, tmp_path: Path) -> None:
    """None of them goes on, and the slot is free for the next gate."""
    fifos = [tmp_path / name for name in "ab"]
    for one in fifos:
        os.mkfifo(one)
    commands = [f"echo yes >'{one}'; env -i sleep 987; sleep 986" for one in fifos]
    running = asyncio.ensure_future(check(world, *commands))
    for one in fifos:
        await asyncio.to_thread(one.read_text)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert marked(f"ORCH_GATE_SLOT={world.slot}") == dwelling(world.slot) == []
    assert (await check(world, "true", "true")).outcome is Outcome.PASSED
    assert not (world.slot.parent / "1").exists()


async def test_they_share_the_log_s_room(world: RealGateWorld) -> None:
    """Two floods don't make twice the log, also if each line is shorter than its mark."""
    cap_bytes = 2 * 1024 * 1024
    flood = "yes '' | head -c 20000000; echo the end"
    result = await check(world, flood, flood, output_cap_bytes=cap_bytes)
    assert result.outcome is Outcome.PASSED
    assert world.log.stat().st_size < 2.5 * cap_bytes
    assert [lines(world, number)[-2:] for number in (1, 2)] == [["the end", "# exit 0"]] * 2


async def test_one_alone_is_as_in_turn(world: RealGateWorld) -> None:
    """Nothing runs beside it: no number in the log, and the same receipt."""
    result = await check(world, "echo fine")
    assert "\n$ echo fine\nfine\n# exit 0, after " in world.log.read_text()
    order = world.order(world.script("true"), commands=("echo fine",))
    assert (await world.gate.check(order)).key == result.key


async def test_a_log_that_one_removes_is_infra(world: RealGateWorld) -> None:
    """No verdict without its evidence; what runs beside it is ended."""
    result = await check(world, f"rm -f '{world.log}'; exit 1", "sleep 987")
    assert result.outcome is Outcome.INFRA
    assert marked(f"ORCH_GATE_SLOT={world.slot}") == []


JUNIT = '<testsuite><testcase classname="t" name="{}"><failure/></testcase></testsuite>'
LINT = "echo 'a.py:1:1: F401 unused'; exit 1"


def fails(folder: str, test: str) -> str:
    """Fail in a test, and write so."""
    return f"mkdir -p {folder}; echo '{JUNIT.format(test)}' >{folder}/r.xml; exit 1"


async def test_reports_are_read_of_all(world: RealGateWorld) -> None:
    """What is printed and what is written, and which failed; the rest goes on meanwhile."""
    tests = fails("out", "a")
    late = f"{after(world, 1)}; {after(world, 2)}; echo fine"
    result = await check(world, tests, LINT, late, reports=("junit:out/*.xml", "lines:ruff"))
    wanted = {"t a", "a.py F401 unused", f"`{tests}` fails", f"`{LINT}` fails"}
    assert set(result.failures or ()) == wanted
    assert [one.exit_code for one in result.results] == [1, 1, 0]


async def test_no_report_speaks_for_two(world: RealGateWorld) -> None:
    """A file doesn't say who wrote it: beside one that explains itself, another may have failed."""
    one, two, silent = fails("out", "a"), fails("web", "b"), "exit 1"
    junit, both = ("junit:out/*.xml",), ("junit:out/*.xml", "junit:web/*.xml")
    assert (await check(world, one, silent, fail_fast=False, reports=junit)).failures is None
    assert (await check(world, one, two, fail_fast=False, reports=junit)).failures is None
    assert len((await check(world, one, two, fail_fast=False, reports=both)).failures or ()) == 4


async def test_a_failure_that_is_not_named_ends_the_others(world: RealGateWorld) -> None:
    """Nothing can excuse it; that the others named theirs does not matter any more."""
    lint = f"echo 'a.py:1:1: F401 unused'; echo >go; {after(world, 1)}; sleep 987"
    silent = "until test -e go; do sleep 0.05; done; exit 2"
    result = await check(world, silent, lint, reports=("lines:ruff",))
    assert (result.outcome, result.failures) == (Outcome.RED, None)
    assert [one.exit_code for one in result.results] == [2]


async def test_what_a_base_may_excuse_waits_for_the_rest(world: RealGateWorld) -> None:
    """Beside a command that was killed nobody knows whether all that failed is named."""
    killed = f"{after(world, 1)}; kill -9 $$"
    result = await check(world, LINT, killed, reports=("lines:ruff",))
    assert result.outcome is Outcome.INFRA
