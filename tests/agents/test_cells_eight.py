"""Eight real agents at once on one project: what orch itself takes of the processor meanwhile."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from orch.testing.model_server import commit, serve_in_thread, write
from tests.agents.cells import CELLS, column
from tests.agents.scene import Scene, person_with, profile_of
from tests.agents.scripts import LAST, REPORT

EACH = 4


def test_eight_agents_at_once(
    tmp_path: Path, agents_bin: Path, need_agent: Callable[[str], Path]
) -> None:
    """Four of Claude Code and four of Codex: all land, each on top of the others."""
    agents = ("claude", "codex")
    for agent in agents:
        need_agent(agent)
    names = [f"file{n}.txt" for n in range(2 * EACH)]
    scripts = {name: (write(name, f"{name}\n"), commit(name), REPORT, LAST) for name in names}
    with serve_in_thread(scripts) as server:
        # Each title names its script; the last part of the address would be the same for all.
        tables = [profile_of(column(f"{one}-headless"), server.url(names[0])) for one in agents]
        top = 'agent = "claude"\n[limits]\nsessions = 8\n[landing]\nquality_gate = "true"\n'
        with person_with(tmp_path, agents_bin, "\n".join((top, *tables))) as person:
            scene = Scene(person, server)
            tasks = [
                scene.add(f"Write script:{name}", agent=agents[n % 2])
                for n, name in enumerate(names)
            ]
            for task, name in zip(tasks, names, strict=True):
                scene.landed(task, **{name.replace(".", "_"): name})
            told = [f"{name}: {spent:.2f} s" for name, spent in spending(scene).items()]
            CELLS.mkdir(parents=True, exist_ok=True)
            (CELLS / "eight.txt").write_text("\n".join(told) + "\n", encoding="utf-8")


def spending(scene: Scene) -> dict[str, float]:
    """Read how much processor time the daemon and the session server have taken."""
    record = (scene.person.home / "sessions" / "server.json").read_text(encoding="utf-8")
    pids = {"daemon": scene.person.daemon_pid(), "session server": int(json.loads(record)["pid"])}
    return {name: _processor_s(pid) for name, pid in pids.items()}


def _processor_s(pid: int) -> float:
    # The name of the program, in parentheses, may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
