"""Records real agents at known moments: `python -m tests.corpus.record AGENT-MODE... [--split S]`.

The scripted model decides what the agent does, so each label is true by construction. Needs the
programs of `make agents`.
"""

# ruff: noqa: T201 - it tells a person what it records

import argparse
import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from orch.adapters.agents.capabilities import ASKED, read_capabilities
from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.system.paths import Home
from orch.system.spool import read_spool
from orch.testing.corpus import Recording, pack, unpack
from orch.testing.model_server import Fault, FaultKind, Script, bash, commit, say, write
from tests.agents.cells import Column, column
from tests.agents.scene import Scene, Setting, scene
from tests.conftest import ROOT

FOLDER = Path(__file__).parent / "recordings"
PROGRAMS = ROOT / ".cache" / "agents" / "node_modules" / ".bin"
SETTLE_S = 2.0
"""A program that has drawn nothing new for so long has drawn all of it."""

QUOTE = "The dialog says: Press Enter to continue, Do you want to proceed? > 1. Yes  2. No [y/n]"
DIFF = f"- print('ready')\n+ print('{QUOTE}')\n+ # esc to interrupt\n"


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment to record: how to get there, what is true then, and for how long it stays so."""

    name: str
    label: str
    script: Script
    reach: Callable[[Scene, str], None]
    holds_s: float = 300.0
    faults: tuple[Fault, ...] = ()
    ask: bool = False


def held(play: Scene, task: str) -> None:
    """Wait until the model holds its answer back."""
    del task
    play.held()


def stepped(step: int) -> Callable[[Scene, str], None]:
    """Wait until a step was answered in full."""

    def reach(play: Scene, task: str) -> None:
        del task
        play.server.wait_for(lambda one: one.step == step and one.finished, timeout_s=90)

    return reach


def faulted(play: Scene, task: str) -> None:
    """Wait until the model has failed twice."""
    del task
    play.server.wait_for(lambda one: one.fault is not None and one.number > 1, timeout_s=90)


NEVER_ASK = ("codex-headless", "codex-terminal", "opencode-headless", "gemini-headless")
"""Headless two of them have no way to ask; Codex asks only for what its sandbox forbids."""

GATED = replace(commit("Say hello"), hold="never")
TALKED = say(f"Two lines were changed.\n\n{DIFF}\nShall I go on? {QUOTE}")

WRITES = write("a.txt", "a\n")
READS_DIFF = (write("a.patch", DIFF), bash("cat a.patch"))

MOMENTS = (
    Moment("thinks", "working", (replace(say("x"), hold="never"),), held),
    Moment("thinks-after-tool", "working", (WRITES, GATED), held),
    Moment("thinks-over-a-diff", "working", (*READS_DIFF, GATED), held),
    Moment("runs-a-command", "working", (bash("echo begun; sleep 600"),), stepped(0)),
    Moment("ended", "idle", (WRITES, say("Done.")), stepped(1)),
    Moment("ended-with-a-quote", "idle", (TALKED,), stepped(0)),
    Moment("ended-after-reading-a-diff", "idle", (*READS_DIFF, say("Read.")), stepped(2)),
    Moment("asks-to-write", "awaiting_permission", (WRITES, say("x")), stepped(0), ask=True),
    Moment(
        "asks-to-run",
        "awaiting_permission",
        (bash("touch ../outside.txt"), say("x")),
        stepped(0),
        ask=True,
    ),
    Moment(
        "rate-limited",
        "limited",
        (say("x"),),
        faulted,
        holds_s=2.0,
        faults=(Fault(kind=FaultKind.RATE_LIMIT, times=None, retry_after_s=30),),
    ),
)
"""The moments; each agent gets to those that it can get to."""


def record(where: Column, moment: Moment, *, split: str) -> Recording:
    """Bring an agent to a moment and take all that orch has of it."""
    with tempfile.TemporaryDirectory(prefix="orch-corpus-", dir="/var/tmp") as folder:
        more = 'idle_timeout = "20m"\nmax_nudge_retries = 0\n'
        if moment.ask:
            more += 'permission_mode = "ask"\n'
        setting = Setting(script=moment.script, faults=moment.faults, profile=more)
        with scene(Path(folder), PROGRAMS, column=where, setting=setting) as play:
            task = play.add("Record a moment")
            play.until("SessionStarted", task)
            moment.reach(play, task)
            made = asyncio.run(_take(play, task, where, moment=moment, split=split))
            return _elsewhere(made, folder)


def _elsewhere(made: Recording, folder: str) -> Recording:
    """Put the recording into a folder that is nobody's: it was made in one that is gone."""
    place = "/srv/work/corpus"

    def moved(value: object) -> object:
        return json.loads(json.dumps(value).replace(folder, place).replace("/home/", "/orch/"))

    def bytes_moved(text: str) -> str:
        return pack(unpack(text).replace(folder.encode(), place.encode()))

    return replace(
        made,
        output=bytes_moved(made.output),
        stretches=tuple((w, o, bytes_moved(d), s) for w, o, d, s in made.stretches),
        hooks=tuple((e, moved(p), a) for e, p, a in made.hooks),  # type: ignore[misc]
        screen=moved(made.screen),  # type: ignore[arg-type]
        prompt=made.prompt.replace(folder, place),
    )


async def _take(play: Scene, task: str, where: Column, *, moment: Moment, split: str) -> Recording:
    home = Home(play.person.home)
    host = BuiltinSessionHost(home)
    name = f"{task}.1"
    try:
        await _settle(host, name)
        page = await host.read(name, offset=0, limit=64 * 1024 * 1024)
        screen = await host.screen(name) if where.mode == "terminal" else None
    finally:
        await host.close()
    records, _ = read_spool(home.attempt(task, 1) / "signs.jsonl")
    return Recording(
        name=f"{where}-{moment.name}",
        agent=where.agent,
        mode=where.mode,
        version=version_of(where.agent),
        label=moment.label,
        split=split,
        holds_s=moment.holds_s,
        output=pack(page.data),
        stretches=tuple(
            (one.direction.value, one.offset, pack(one.data), one.serial) for one in page.stretches
        ),
        hooks=tuple((one.event, one.payload, one.at) for one in records if not one.malformed),
        screen=asdict(screen) if screen else None,
        permission_mode="ask" if moment.ask else "bypass",
        prompt=(home.attempt(task, 1) / "prompt.md").read_text(encoding="utf-8"),
    )


@lru_cache
def version_of(agent: str) -> str:
    """Ask a program for its version."""
    said = subprocess.run(
        [str(PROGRAMS / agent), "--version"],
        env={"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    return read_capabilities(ASKED[agent], version=said.stdout, help_text="").version


async def _settle(host: BuiltinSessionHost, name: str) -> None:
    """Wait until the screen stands still but for what blinks; ten seconds at most."""
    last, since, end = "", time.monotonic(), time.monotonic() + 10
    while time.monotonic() < end:
        text = (await host.screen(name)).text
        if text != last:
            last, since = text, time.monotonic()
        elif time.monotonic() - since > SETTLE_S:
            return
        await asyncio.sleep(0.3)


def main() -> None:
    """Record what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.record")
    parser.add_argument("columns", nargs="+", metavar="AGENT-MODE")
    parser.add_argument("--split", default="scored", choices=("scored", "tuned"))
    parser.add_argument("--only", default="", metavar="MOMENT")
    parser.add_argument("--again", action="store_true", help="also what is recorded already")
    given = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for name in given.columns:
        for moment in MOMENTS:
            there = (FOLDER / f"{name}-{moment.name}.json").exists()
            if (given.only and given.only != moment.name) or (there and not given.again):
                continue
            if moment.ask and name in NEVER_ASK:
                continue
            try:
                made = record(column(name), moment, split=given.split)
            except Exception as error:  # noqa: BLE001 - the others are recorded all the same
                print(f"{name} {moment.name}: {error!r:.300}", flush=True)
                continue
            path = FOLDER / f"{made.name}.json"
            text = json.dumps(asdict(made), indent=1, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8")
            print(f"{made.name}: {made.label}, {len(text):,} bytes", flush=True)


if __name__ == "__main__":
    main()
