"""From an order to a running program: what is checked, what it is given, what may go wrong."""

import re
import time
from pathlib import Path

from orch.session_server.bounding import bounds_of
from orch.session_server.values import Handles, Record, Refused, Spec
from orch.system.bounds import bearing, confine, on_processors
from orch.system.cgroup import make, remove, standing_in
from orch.system.paths import Home
from orch.system.process import identify, marked, oom_kills
from orch.system.pty import Program, start_on_pipes, start_on_terminal
from orch.system.run import SHORTAGES

MARK_NAME = "ORCH_SESSION_MARK"
"""The environment variable that finds every process of a session again, of this home only."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RESERVED = frozenset({"lock", "server.json"})
_MIN_CAP_BYTES = 256 * 1024


def check(spec: Spec) -> None:
    """Refuse what can't be started, with the reason. Raises `Refused`."""
    if not _NAME.fullmatch(spec.name) or spec.name in _RESERVED:
        raise Refused(f"{spec.name!r} is no name for a session: use letters, digits, . _ -")
    if not spec.argv or any("\0" in word for word in spec.argv):
        raise Refused(f"{spec.name} has no program to start, or a NUL in its words")
    if not Path(spec.cwd).is_absolute():
        raise Refused(f"{spec.name}: its folder {spec.cwd!r} is not absolute")
    if any("\0" in text or "=" in name for name, value in spec.env for text in (name, value)):
        raise Refused(f"{spec.name}: a name or value of its environment is malformed")


def draft(spec: Spec, *, home: Home) -> Record:
    """Write down what is about to be started."""
    return Record(
        name=spec.name,
        token=spec.token,
        argv=spec.argv,
        cwd=spec.cwd,
        stdio=spec.stdio,
        rows=spec.rows,
        cols=spec.cols,
        cap_bytes=max(spec.transcript_cap_bytes, _MIN_CAP_BYTES),
        reap=spec.reap,
        mark=f"{MARK_NAME}={home.digest}:{spec.name}",
        memory_bytes=spec.memory_bytes,
        processes=spec.processes,
        cpu=spec.cpu,
        oom_before=oom_kills(),
        started_at=time.time(),
    )


def launch(spec: Spec, record: Record, *, home: Home) -> Handles:
    """Start the program, and write down who it is. Raises `Refused`; then nothing runs."""
    program = Program(argv=spec.argv, cwd=spec.cwd, env=_environment(spec, record.mark))
    group = make(f"orch-{home.digest}-{record.name}")
    kept = confine(group, bounds_of(record))
    try:
        with (
            standing_in(group) as confined,
            on_processors(None if "cpu" in kept else spec.cpu),
            bearing(record.score) as scored,
        ):
            pid, handles = _start(spec, program)
    except OSError as error:
        if group:
            remove(group)
        raise _refusal(spec, error) from error
    record.cgroup = str(group) if confined else ""
    record.kept = tuple(sorted(kept)) if confined else ()
    record.score = record.score if scored else None
    note_identity(record, pid)
    record.phase = "running"
    return handles


def _start(spec: Spec, program: Program) -> tuple[int, Handles]:
    if spec.stdio == "pty":
        on_terminal = start_on_terminal(program, rows=spec.rows, cols=spec.cols)
        return on_terminal.pid, Handles(stdin=on_terminal.master, stdout=on_terminal.master)
    on_pipes = start_on_pipes(program)
    handles = Handles(stdin=on_pipes.stdin, stdout=on_pipes.stdout, stderr=on_pipes.stderr)
    return on_pipes.pid, handles


def note_identity(record: Record, pid: int) -> None:
    """Write down who the leader is; a child that is not reaped yet always has an identity."""
    who = identify(pid)
    if who is not None:
        record.boot_id, record.pid, record.start_time = who.boot_id, who.pid, who.start_time


def recover_identity(record: Record) -> None:
    """Look for a leader that was started just before its server died, and could not be noted."""
    if record.pid is None:
        found = sorted(marked(record.mark), key=lambda process: process.start_time)
        if found:
            note_identity(record, found[0].pid)


def _environment(spec: Spec, mark: str) -> dict[str, str]:
    name, _, value = mark.partition("=")
    # Some programs believe $PWD rather than the folder they were started in.
    own = {"PWD": spec.cwd, "ORCH_SESSION": spec.name, name: value}
    terminal = {"TERM": "xterm-256color"} if spec.stdio == "pty" else {}
    return terminal | dict(spec.env) | own


def _refusal(spec: Spec, error: OSError) -> Refused:
    what = f"{spec.name}: {spec.argv[0]} can't be started in {spec.cwd}: {error.strerror or error}"
    if error.errno in SHORTAGES:
        return Refused(what, transient=True)
    return Refused(
        what, remedy=f"check that {error.filename or spec.argv[0]} exists and may be used"
    )
