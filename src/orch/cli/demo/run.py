"""Runs the demo: four tasks, three agents at once, one gets it wrong first, main stays green."""

import tempfile
import time
from pathlib import Path

from orch.cli.demo.narrate import Narrator
from orch.cli.demo.plan import Plan
from orch.cli.demo.stage import GATE, Stage
from orch.cli.text import style
from orch.wire.client import Client

ENDS = frozenset({"done", "failed", "cancelled", "needs_review", "blocked"})


def demo(*, seed: int, keep: bool) -> int:
    """Play the demo and return the exit code: 0 only if main is green and every promise holds."""
    stage = Stage(Path(tempfile.mkdtemp(prefix="orch-demo-")))
    plan = Plan.of(seed)
    try:
        stage.build(plan)
        _introduce(stage, plan)
        stage.orch("init", "--yes")
        stage.orch("up")
        landed = _play(stage, plan)
        return _conclude(stage, plan, landed=landed)
    finally:
        if keep:
            _invite(stage)
        else:
            stage.clear()


def _introduce(stage: Stage, plan: Plan) -> None:
    _say(f"A repository with {len(plan.faults)} known faults: {stage.repository}")
    _say(f"Its gate, which must pass before anything lands on main: {GATE}")
    _say("")


def _play(stage: Stage, plan: Plan) -> int:
    with Client(_socket(stage)) as client, Client(_socket(stage)) as asking:
        news = client.follow("events.follow", after=0)
        narrator = Narrator(time.time(), _say)
        for fault in plan.faults:
            asking.call(
                "task.add",
                title=fault.title,
                prompt=fault.prompt,
                key=fault.module,
                cwd=str(stage.repository),
            )
        ends: dict[str, str] = {}
        for item in news:
            event = item.get("event")
            if isinstance(event, dict):
                narrator.hear(event)
                _note_end(event, ends)
            if len(ends) == len(plan.faults):
                break
    return sum(status == "done" for status in ends.values())


def _note_end(event: dict[str, object], ends: dict[str, str]) -> None:
    data, task = event.get("data"), event.get("task")
    if isinstance(data, dict) and isinstance(task, str):
        status = str(data.get("status", ""))
        if status in ENDS:
            ends[task] = status
        else:
            ends.pop(task, None)


def _conclude(stage: Stage, plan: Plan, *, landed: int) -> int:
    _say("\nmain, as it is now:\n")
    _say(stage.git("log", "--graph", "--format=%h %s%n  %(trailers:key=Task-Id)", "main"))
    _say("\nreceipts:\n")
    _say(stage.orch("receipts").rstrip())
    findings = stage.orch("doctor").rstrip()
    _say(f"\ndoctor:\n\n{findings}")
    green = stage.check()
    whole = landed == len(plan.faults)
    _say("")
    _say(_verdict(ok=whole, words=f"{landed} of {len(plan.faults)} changes landed"))
    _say(_verdict(ok=green, words="main is green in a fresh clone" if green else "main is RED"))
    return 0 if whole and green else 1


def _verdict(*, ok: bool, words: str) -> str:
    return style(f"{'ok' if ok else 'FAILED'}  {words}", "green" if ok else "red")


def _invite(stage: Stage) -> None:
    _say(f"\nIt is all still there. To look around:\n\n  cd {stage.repository}")
    _say(f"  export ORCH_HOME={stage.home}")
    _say("  orch status; orch task show t1; orch logs t1; orch events\n")
    _say(f"To remove it: orch down --sessions --yes && rm -r {stage.root}")


def _socket(stage: Stage) -> str:
    from orch.system.paths import Home

    return str(Home(stage.home).daemon_socket)


def _say(line: str) -> None:
    print(line, flush=True)
