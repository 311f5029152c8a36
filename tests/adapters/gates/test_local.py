"""The local gate keeps the contract, and bears whatever a project's commands do."""

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orch.core.receipt import Outcome
from orch.ports.gate import GateResult
from orch.system.process import dwelling, marked
from orch.testing.gate_suite import GateSuite
from orch.testing.puppets import ASLEEP
from tests.adapters.gates.worlds import RealGateWorld


@pytest.fixture
async def world(tmp_path: Path) -> RealGateWorld:
    """Give a real project with a gate."""
    return await RealGateWorld(tmp_path).open()


class TestLocalGate(GateSuite):
    """The contract, on real processes."""


async def check(world: RealGateWorld, script: str, **spec: object) -> GateResult:
    """Gate a commit whose check does this."""
    return await world.gate.check(world.order(world.script(script), **spec))


async def test_it_runs_on_the_exact_commit_and_nothing_else(world: RealGateWorld) -> None:
    """Untracked and ignored files of an earlier run are gone, and HEAD is the commit."""
    first = await check(world, "mkdir -p deep/er; touch deep/er/x new; echo '*' >.gitignore")
    assert first.outcome is Outcome.PASSED
    commit = world.script('test "$(git status --porcelain --ignored)" = ""; git rev-parse HEAD')
    result = await world.gate.check(world.order(commit))
    assert result.outcome is Outcome.PASSED
    assert commit in world.log.read_text()


async def test_nothing_of_the_daemons_is_in_its_environment(
    world: RealGateWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token, key, socket or git setting gets through; tools find their home and path."""
    secrets = (
        "ORCH_HOME", "ORCH_TOKEN", "ORCH_SOCKET", "GITHUB_TOKEN", "API_KEY", "SSH_AUTH_SOCK",
        "GIT_DIR", "GIT_ASKPASS", "AWS_SECRET_ACCESS_KEY", "ANYTHING_ELSE",
    )  # fmt: skip
    for name in secrets:
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("HTTPS_PROXY", "http://joe:s3cret@proxy:1")
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")
    await check(world, "env; tty; id -u")
    log = world.log.read_text()
    assert "s3cret" not in log
    assert not [name for name in secrets if re.search(rf"^{name}=", log, re.MULTILINE)]
    path, slot = f"PATH={os.environ['PATH']}", f"ORCH_GATE_SLOT={world.slot}"
    for wanted in ("CI=true", "ORCH_GATE=1", "LC_CTYPE=C.UTF-8", path, slot):
        assert f"\n{wanted}\n" in log
    assert "not a tty" in log


async def test_it_has_no_terminal_and_no_input(world: RealGateWorld) -> None:
    """Reading standard input ends at once, and there is no terminal to ask on."""
    result = await check(world, "cat; read line; if (exec </dev/tty) 2>/dev/null; then exit 9; fi")
    assert result.outcome is Outcome.PASSED


def list_folder(folder: Path) -> list[Path]:
    """List what is in a folder."""
    return list(folder.iterdir())


async def test_temporary_files_are_its_own_and_are_gone(world: RealGateWorld) -> None:
    """$TMPDIR is empty at the start, private, short enough for a socket, and removed."""
    script = 'ls -A "$TMPDIR"; stat -c %a "$TMPDIR"; echo "$TMPDIR"; touch "$TMPDIR/x"'
    for _ in range(2):
        assert (await check(world, script)).outcome is Outcome.PASSED
    lines = world.log.read_text().splitlines()
    folder = Path(next(line for line in lines if line.startswith("/")))
    assert "700" in lines
    assert "x" not in lines
    assert folder not in list_folder(folder.parent)
    assert len(str(folder)) < 60


async def test_the_set_up_comes_first(world: RealGateWorld) -> None:
    """What the set-up installs is there; its commands are not among the results."""
    result = await check(world, "cat installed", setup=("echo yes >installed",))
    assert result.outcome is Outcome.PASSED
    assert [r.command for r in result.results] == ["sh check.sh"]


async def test_a_failing_set_up_is_infra(world: RealGateWorld) -> None:
    """It says nothing of the change, and says what it printed."""
    result = await check(world, "true", setup=("echo no network; exit 3",))
    assert result.outcome is Outcome.INFRA
    assert "set-up" in result.reason
    assert result.excerpt == "no network\n"


async def test_a_set_up_that_changes_files_is_unclean(world: RealGateWorld) -> None:
    """An installer that rewrites a tracked file is named as the one who did it."""
    result = await check(world, "true", setup=("echo x >>README.md",))
    assert result.outcome is Outcome.UNCLEAN
    assert "set-up" in result.reason
    assert "README.md" in result.reason


UNCLEAN = [
    ("echo x >README.md", "README.md"),
    ("rm README.md", "README.md"),
    ("chmod +x README.md", "README.md"),
    ("touch new; git add new", "new"),
    ("git rm -q --cached README.md", "README.md"),
    ("git -c user.name=x -c user.email=x commit -q --allow-empty -m x", "HEAD"),
    ("git checkout -q -b mine", "mine"),
    ("rm -rf .git", "checkout"),
    ('rm -rf "$PWD"', "checkout"),
    ("mv README.md 'ä ö.md'; git add -A", "ä ö.md"),
]


@pytest.mark.parametrize(("script", "named"), UNCLEAN)
async def test_a_gate_that_changes_what_it_checks_is_unclean(
    world: RealGateWorld, script: str, named: str
) -> None:
    """Tracked files, the index and HEAD must be as they were; the next run is not harmed."""
    result = await check(world, script)
    assert result.outcome is Outcome.UNCLEAN
    assert named in result.reason
    assert (await check(world, "cat README.md")).outcome is Outcome.PASSED
    assert (await check(world, "git status --porcelain | grep .")).outcome is Outcome.RED


async def test_new_files_are_allowed_and_told(world: RealGateWorld) -> None:
    """Caches and build products are what gates leave; the log says that they did."""
    assert (await check(world, "mkdir cache; touch cache/x y")).outcome is Outcome.PASSED
    assert "2 new files" in world.log.read_text()


async def test_hidden_edits_don_t_reach_the_next_run(world: RealGateWorld) -> None:
    """A run that tells git to overlook its edits can't prepare the ground for another."""
    poison = "git update-index --skip-worktree README.md; echo evil >README.md"
    await check(world, poison)
    await check(world, "cat README.md")
    assert "evil" not in world.log.read_text()


async def test_files_that_always_look_changed_are_no_stain(world: RealGateWorld) -> None:
    """Line ends that contradict .gitattributes are not the gate's doing."""
    world.person.git("config", "core.autocrlf", "false")
    world.person.commit({"crlf.txt": b"a\r\nb\r\n", "check.sh": "true\n"})
    world.person.write({".gitattributes": "*.txt text=auto eol=lf\n"})
    world.person.git("add", ".gitattributes")
    world.person.git("commit", "-q", "-m", "Attributes")
    world.person.git("push", "-q", world.project.hub, "HEAD:refs/orch/attempts/t99/1")
    result = await world.gate.check(world.order(world.person.head))
    assert result.outcome is Outcome.PASSED


async def test_daemons_that_it_leaves_are_ended_and_told(world: RealGateWorld) -> None:
    """A process that forked twice and has a session of its own is found by its mark."""
    daemon = f"setsid sh -c 'sleep 987 & {ASLEEP}; : >there; sleep 987' >/dev/null 2>&1"
    result = await check(world, f"({daemon} &); until test -e there; do :; done")
    assert result.outcome is Outcome.UNCLEAN
    assert "sleep" in result.reason
    assert marked(f"ORCH_GATE_SLOT={world.slot}") == []


BARE = f"env -i setsid sleep 986 >/dev/null 2>&1 & {ASLEEP}"


@pytest.mark.parametrize("bare", [BARE, f"{BARE}; cd /tmp"])
async def test_daemons_that_drop_their_environment_are_ended(
    world: RealGateWorld, bare: str
) -> None:
    """Where they stand tells whose they are; a person who looks around there is left alone."""
    await check(world, "true")
    visitor = await asyncio.create_subprocess_exec("sleep", "987", cwd=world.slot)
    result = await check(world, f"({bare})")
    assert result.outcome is Outcome.UNCLEAN
    assert "sleep" in result.reason
    assert [one.pid for one in dwelling(world.slot)] == [visitor.pid]
    visitor.kill()
    await visitor.wait()


async def test_a_gate_that_stops_itself_is_infra(world: RealGateWorld) -> None:
    """A stopped process hears no TERM; it is ended all the same."""
    result = await check(world, "kill -STOP $$", timeout_s=0.5)
    assert result.outcome is Outcome.INFRA
    assert "timed out" in result.reason


async def test_it_can_ask_nobody(world: RealGateWorld) -> None:
    """A program that wants a terminal gets an error, which is the change's own."""
    for script in ("read x </dev/tty", "setsid sh -c 'read x </dev/tty'; exit $?"):
        result = await check(world, script)
        assert result.outcome is Outcome.RED
        assert "/dev/tty" in result.excerpt


async def test_a_log_that_the_gate_removes_is_infra(world: RealGateWorld) -> None:
    """No verdict without its evidence."""
    result = await check(world, f"rm -f '{world.log}'; exit 1")
    assert result.outcome is Outcome.INFRA


async def test_a_time_out_is_infra(world: RealGateWorld) -> None:
    """A command that hangs, deaf to TERM and with children, is ended; nobody is red."""
    script = "trap '' TERM; (trap '' TERM; sleep 987) & sleep 987; wait"
    result = await check(world, script, timeout_s=0.5)
    assert result.outcome is Outcome.INFRA
    assert "timed out" in result.reason
    assert marked(f"ORCH_GATE_SLOT={world.slot}") == []


async def test_a_flood_is_cut(world: RealGateWorld) -> None:
    """A gigabyte neither fills the disk nor changes the verdict."""
    result = await check(world, "yes 'a line of noise' | head -c 1000000000; echo; echo the end")
    assert result.outcome is Outcome.PASSED
    assert world.log.stat().st_size < 8.5 * 1024 * 1024
    text = world.log.read_text()
    assert "left out" in text
    assert "\nthe end\n" in text


async def test_a_red_flood_ends_with_its_end(world: RealGateWorld) -> None:
    """The excerpt is the last 4,000 characters, whatever came before."""
    result = await check(world, "yes noise | head -c 50000000; echo; echo the reason; exit 1")
    assert result.outcome is Outcome.RED
    assert len(result.excerpt) == 4000
    assert result.excerpt.endswith("the reason\n")


async def test_bytes_that_are_no_text_are_borne(world: RealGateWorld) -> None:
    """Invalid UTF-8 and control sequences are not in the excerpt; the log has every byte."""
    script = r"printf '\377\376\033[31mred\033[0m\a\r\n\033]0;title\007end\n'; exit 1"
    result = await check(world, script)
    assert result.excerpt == "\ufffd\ufffdred\nend\n"
    assert b"\xff\xfe\x1b[31mred" in world.log.read_bytes()


BROKEN = [
    ("kill -9 $$", Outcome.INFRA, "signal 9"),
    ("kill -15 $$", Outcome.INFRA, "signal 15"),
    ("sh -c 'kill -9 $$'; exit $?", Outcome.INFRA, "137"),
    ("sh -c 'kill -11 $$'; exit $?", Outcome.RED, "139"),
    ("no-such-program --check", Outcome.INFRA, "no-such-program"),
    ("./no-such-script", Outcome.RED, "127"),
    ("exit 127", Outcome.RED, "127"),
    ("./README.md", Outcome.RED, "126"),
]


@pytest.mark.parametrize(("script", "outcome", "told"), BROKEN)
async def test_what_can_t_be_run_is_infra(
    world: RealGateWorld, script: str, outcome: Outcome, told: str
) -> None:
    """A kill from outside and a missing program say nothing of the change; a crash does."""
    result = await check(world, script, commands=(script,))
    assert result.outcome is outcome
    assert told in result.reason


async def test_the_first_failure_ends_it(world: RealGateWorld) -> None:
    """Later commands don't run; the results end with the one that failed."""
    commands = ("echo one", "echo two; exit 7", "echo three")
    result = await check(world, "true", commands=commands)
    assert [r.exit_code for r in result.results] == [0, 7]
    log = world.log.read_text()
    assert "$ echo one\none\n# exit 0, after " in log
    assert "two\n# exit 7, after " in log
    assert "\nthree" not in log


async def test_the_log_grows_while_it_runs(world: RealGateWorld) -> None:
    """What a command prints can be followed before it ends: here it follows itself."""
    script = f"echo started; until grep -q ^started '{world.log}'; do sleep 0.05; done"
    assert (await check(world, script)).outcome is Outcome.PASSED


async def test_cancelling_kills_it(world: RealGateWorld, tmp_path: Path) -> None:
    """A gate that nobody waits for any more is gone, and its slot is free for the next."""
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    commit = world.script(f"echo yes >'{fifo}'; sleep 987")
    running = asyncio.ensure_future(world.gate.check(world.order(commit)))
    await asyncio.to_thread(fifo.read_text)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert marked(f"ORCH_GATE_SLOT={world.slot}") == []
    assert (await check(world, "true")).outcome is Outcome.PASSED
    assert not (world.slot.parent / "1").exists()


async def test_what_a_killed_daemon_left_running_is_ended_first(world: RealGateWorld) -> None:
    """A gate of an earlier daemon does not write into the workspace of the next one."""
    await check(world, "true")
    left = await asyncio.create_subprocess_exec(
        "sleep", "987", env={**os.environ, "ORCH_GATE_SLOT": str(world.slot)}
    )
    assert (await check(world, "true")).outcome is Outcome.PASSED
    assert await left.wait() == -9


@pytest.mark.parametrize("harm", ["index.lock", "HEAD", "index", "gitdir"])
async def test_a_damaged_workspace_is_made_anew(world: RealGateWorld, harm: str) -> None:
    """Whatever a killed git or a gate did to the slot, the next gate runs."""
    await check(world, "true")
    (admin,) = (world.hub.path / "worktrees").iterdir()
    (admin / harm).write_text("nonsense")
    assert (await check(world, "true")).outcome is Outcome.PASSED


@pytest.mark.parametrize("link", ["echo 'gitdir: {}/.git' >.git", "rm .git; ln -s '{}/.git' .git"])
async def test_a_workspace_that_was_led_elsewhere_is_made_anew(
    world: RealGateWorld, link: str
) -> None:
    """The next gate does to the person's repository nothing of what it does to its own."""
    commit = world.commit({"check.sh": f"{link.format(world.person.path)}\n"})
    world.person.git("checkout", "-q", "main")
    before = world.person.snapshot()
    assert (await world.gate.check(world.order(commit))).outcome is Outcome.UNCLEAN
    result = await world.gate.check(world.order(commit, commands=("true",)))
    assert result.outcome is Outcome.PASSED
    assert world.person.snapshot() == before


async def test_a_read_only_folder_is_removed(world: RealGateWorld) -> None:
    """Module caches are made read-only; they don't stay for the next run."""
    script = "mkdir -p cache/in; touch cache/in/x; chmod -R a-w cache"
    assert (await check(world, script)).outcome is Outcome.PASSED
    assert (await check(world, "test ! -e cache")).outcome is Outcome.PASSED


async def test_a_log_that_can_t_be_written_is_infra(world: RealGateWorld) -> None:
    """No verdict without its evidence."""
    order = replace(world.order(world.script("true")), log="/dev/full")
    result = await world.gate.check(order)
    assert result.outcome is Outcome.INFRA


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let temporary files lie on a small disk of their own, as where /tmp is in memory."""
    folder = tmp_path / "small"
    folder.mkdir()
    argv = ("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
    if subprocess.run(argv, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)


@pytest.mark.usefixtures("small")
async def test_no_room_for_temporary_files_is_infra(world: RealGateWorld) -> None:
    """The change did not fill the disk of others."""
    result = await check(world, 'head -c 2000000 /dev/zero >"$TMPDIR/x"')
    assert result.outcome is Outcome.INFRA
    assert result.reason.endswith("the disk is full")


async def test_agents_workspaces_and_the_person_are_left_alone(world: RealGateWorld) -> None:
    """A gate changes nothing at the person's."""
    commit = world.script("touch x")
    before = world.person.snapshot()
    await world.gate.check(world.order(commit))
    assert world.person.snapshot() == before


async def test_no_filter_of_an_agents_is_started(world: RealGateWorld, tmp_path: Path) -> None:
    """What an agent put into the hub's configuration touches no file that is gated."""
    await check(world, "true")
    trace = tmp_path / "started"
    world.hub.git("config", "filter.evil.smudge", f"touch '{trace}'; cat")
    commit = world.commit({"check.sh": "true\n", ".gitattributes": "*.sh filter=evil\n"})
    assert (await world.gate.check(world.order(commit))).outcome is Outcome.PASSED
    assert not trace.exists()


async def test_no_filter_hides_what_a_gate_changes(world: RealGateWorld, tmp_path: Path) -> None:
    """One that shows git the file as it was is not asked, nor started at all."""
    await check(world, "true")
    trace = tmp_path / "started"
    world.hub.git("config", "filter.evil.clean", f"touch '{trace}'; git show HEAD:README.md")
    script = "tr a-z b-za <README.md >other; cat other >README.md"  # Of a size as before.
    files = {"check.sh": f"{script}\n", ".gitattributes": "*.md filter=evil\n"}
    result = await world.gate.check(world.order(world.commit(files)))
    assert result.outcome is Outcome.UNCLEAN
    assert not trace.exists()


async def test_all_that_fails_is_told(world: RealGateWorld) -> None:
    """With `fail_fast` off each failing command has its part of the excerpt."""
    commands = ("echo one; exit 3", "echo fine", "echo two; exit 4")
    result = await check(world, "true", commands=commands, fail_fast=False)
    assert [r.exit_code for r in result.results] == [3, 0, 4]
    assert result.outcome is Outcome.RED
    assert "exited 3, and 1 more failed" in result.reason
    assert "$ echo one; exit 3\none\n" in result.excerpt
    assert result.excerpt.endswith("$ echo two; exit 4\ntwo\n")


async def test_named_failures_don_t_hide_what_comes_after(world: RealGateWorld) -> None:
    """A base that fails in the first command would excuse what the second was never asked."""
    world.fail("a")
    lint = "echo 'a.py:1:1: F401 unused'; exit 1"
    reports = ("lines:ruff", "junit:out/*.xml")
    order = world.order(world.fail("a"), commands=(lint, "sh check.sh"), reports=reports)
    result = await world.gate.check(order)
    assert result.failures == ("a.py F401 unused", "t a")
    order = world.order(world.fail("a"), commands=(lint, "exit 1"), reports=reports)
    assert (await world.gate.check(order)).failures is None
    order = world.order(world.fail("a"), commands=("exit 1", lint), reports=reports)
    assert len((await world.gate.check(order)).results) == 1


async def test_names_are_the_same_in_every_slot(world: RealGateWorld) -> None:
    """Two gates side by side stand in different folders, which no name tells."""
    script = "mkdir -p out; cat >out/r.xml <<X\n<testsuite><testcase file='$PWD/t.py' name='a'>"
    commit = world.script(f"{script}<failure/></testcase></testsuite>\nX\nexit 1")
    spec = {"reports": ("junit:out/*.xml",)}
    logs = [str(world.log.with_name(f"{n}.log")) for n in range(2)]
    orders = [replace(world.order(commit, **spec), log=log) for log in logs]
    results = await asyncio.gather(*(world.gate.check(order) for order in orders))
    assert [result.failures for result in results] == [("t.py a",)] * 2


async def test_declared_caches_stay(world: RealGateWorld) -> None:
    """From one run of a slot to the next, in any folder; what is not declared goes."""
    caches = (".venv/", "lib/cache")
    make = "mkdir -p .venv/in lib/cache web/.venv build; touch .venv/in/x lib/cache/x web/.venv/x"
    assert (await check(world, f"{make} build/x .env", caches=caches)).outcome is Outcome.PASSED
    look = "test -f .venv/in/x -a -f lib/cache/x -a -f web/.venv/x -a ! -e build -a ! -e .env"
    assert (await check(world, look, caches=caches)).outcome is Outcome.PASSED
    assert (await check(world, "test ! -e .venv -a ! -e lib -a ! -e web")).outcome is Outcome.PASSED


async def test_no_cache_hides_what_is_tracked(world: RealGateWorld) -> None:
    """A tracked file is as the commit has it, also where a cache has left another of its name."""
    caches = ("README.md", "vendor/")
    poison = "mkdir vendor; echo evil >vendor/a.py; echo evil >vendor/b.py; echo evil >README.md"
    assert (await check(world, poison, caches=caches)).outcome is Outcome.UNCLEAN
    script = "grep -rl evil . | grep -v check.sh; test -e vendor/b.py"
    commit = world.commit({"check.sh": f"{script}\n", "vendor/a.py": "good\n"})
    result = await world.gate.check(world.order(commit, caches=caches))
    assert result.outcome is Outcome.PASSED
    assert "./vendor/b.py" in world.log.read_text()
    assert "./vendor/a.py" not in world.log.read_text()
    assert "./README.md" not in world.log.read_text()


async def test_a_cache_that_can_t_stay_is_made_anew(world: RealGateWorld) -> None:
    """Where the commit has a file, a cache's folder of that name is in the way; the file counts."""
    caches = ("cache",)
    await check(world, "mkdir -p cache/deep; touch cache/deep/x", caches=caches)
    commit = world.commit({"check.sh": "test -f cache\n", "cache": "a file\n"})
    assert (await world.gate.check(world.order(commit, caches=caches))).outcome is Outcome.PASSED


async def test_it_can_push_nowhere(world: RealGateWorld) -> None:
    """Whichever way a gate pushes by name, nothing arrives at the hub or at the person's."""
    script = (
        "for where in '' origin; do for what in HEAD:refs/heads/main --all --mirror; do "
        "git push -q --force $where $what && exit 7; done; done; true"
    )
    commit = world.script(script)
    before, hub = world.person.snapshot(), world.hub.git("for-each-ref")
    result = await world.gate.check(world.order(commit))
    assert result.outcome is Outcome.PASSED
    assert world.person.snapshot() == before
    assert world.hub.git("for-each-ref") == hub
