"""Who a process is, whether it still lives, and which others belong to it: read from the kernel."""

import ctypes
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orch.system.bounds import score_of
from orch.system.cgroup import members
from orch.system.paths import boot_id

_PR_SET_CHILD_SUBREAPER = 36
_DEAD = frozenset("ZXx")
_DELETED = " (deleted)"


class Life(StrEnum):
    """What a probe may answer; what can't be decided is `unknown`, never `gone`."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Identity:
    """One process for all time: a pid alone is given to others after its end.

    `start_time` is in clock ticks since the boot, as /proc/<pid>/stat has it.
    """

    boot_id: str
    pid: int
    start_time: int


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process table."""

    pid: int
    name: str
    state: str
    parent: int
    group: int
    session: int
    start_time: int

    @property
    def is_dead(self) -> bool:
        """Tell whether it only waits for its parent to take notice."""
        return self.state in _DEAD


@dataclass(frozen=True, slots=True)
class Kin:
    """What ties other processes to a leader, who may be dead by now.

    `mark` is a "NAME=value" of the environment they were started with ("" for none), `cgroup`
    the folder of a control group they were born into; `leader` also stands for the process group
    and the session of that number. `score` is the kernel's score for lack of memory that they
    have inherited (None: any): it ties orphans that this process has adopted.
    """

    leader: Identity
    mark: str = ""
    cgroup: str = ""
    score: int | None = None


def read_process(pid: int) -> Process | None:
    """Return the process table's line for a pid, or None if there is none. Raises `OSError`."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - hot: pathlib doubles the cost
            line = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name may hold anything, closing brackets too: what follows the last one is regular.
    head, _, tail = line.rpartition(b")")
    field = tail.split()
    return Process(
        pid=pid,
        name=head.partition(b"(")[2].decode(errors="replace"),
        state=field[0].decode(),
        parent=int(field[1]),
        group=int(field[2]),
        session=int(field[3]),
        start_time=int(field[19]),
    )


def processes() -> Iterator[Process]:
    """Walk the process table; whoever ends meanwhile is left out."""
    for entry in os.listdir("/proc"):  # noqa: PTH208 - hot: names are enough
        if entry.isdigit():
            with suppress(OSError):
                found = read_process(int(entry))
                if found is not None:
                    yield found


def identify(pid: int) -> Identity | None:
    """Return the identity of a live process, or None."""
    found = read_process(pid)
    return None if found is None else Identity(boot_id(), pid, found.start_time)


def probe(who: Identity) -> Life:
    """Say whether that very process lives. A pid that was given to another one is `gone`."""
    if who.boot_id and boot_id() and who.boot_id != boot_id():
        return Life.GONE
    try:
        found = read_process(who.pid)
    except OSError:
        return Life.UNKNOWN
    if found is None or found.start_time != who.start_time or found.is_dead:
        return Life.GONE
    return Life.ALIVE


def carries(pid: int, mark: str) -> bool:
    """Tell whether a process was started with `mark` ("NAME=value") in its environment.

    Processes of other users can't be read and count as strangers.
    """
    return b"\0" + os.fsencode(mark) + b"\0" in _environment(pid)


def _environment(pid: int) -> bytes:
    """Return the environment a process was started with, a NUL before and after each part."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - hot, see read_process
            return b"\0" + file.read() + b"\0"
    except OSError:
        return b""


def marked(mark: str) -> list[Process]:
    """Return the live processes that carry `mark`, the caller left out."""
    mine = os.getpid()
    return [p for p in processes() if p.pid != mine and not p.is_dead and carries(p.pid, mark)]


def dwelling(folder: Path) -> list[Process]:
    """Return the live processes whose working folder is this one or below, the caller left out.

    It finds what has left its group, its session and its environment behind.
    """
    home, mine = os.path.realpath(folder), os.getpid()
    return [p for p in processes() if p.pid != mine and not p.is_dead and _is_in(p.pid, home)]


def _is_in(pid: int, home: str) -> bool:
    try:
        where = os.readlink(f"/proc/{pid}/cwd")  # noqa: PTH115 - hot: pathlib doubles the cost
    except OSError:
        return False
    return f"{where.removesuffix(_DELETED)}/".startswith(f"{home}/")


class Census:
    """The process table at one moment, for any number of questions about it.

    Walking the table is what costs: who looks for the kin of many asks one census.
    """

    def __init__(self) -> None:
        self._table = {process.pid: process for process in processes()}
        self._environments: dict[int, bytes] = {}

    def kin(self, of: Kin) -> list[Process]:
        """Return the live processes of a leader, itself included.

        They are in its group, session or control group, carry its mark, or descend from one
        that does. The group of a number that now belongs to another process is not its any more.
        """
        table, number = self._table, of.leader.pid
        holder = table.get(number)
        same_boot = of.leader.boot_id == boot_id()
        ours = same_boot and (holder is None or holder.start_time == of.leader.start_time)
        found = {pid for pid, p in table.items() if ours and number in (p.group, p.session)}
        if of.mark:
            found.update(self._marked(b"\0" + os.fsencode(of.mark) + b"\0"))
        if of.cgroup:
            found |= members(Path(of.cgroup)) & table.keys()
        if of.score is not None:
            found.update(self._adopted(of))
        _add_descendants(found, table.values())
        found.discard(os.getpid())
        return [table[pid] for pid in sorted(found) if not table[pid].is_dead]

    def _adopted(self, of: Kin) -> Iterator[int]:
        """Find our own children that bear a leader's score, and nobody's mark.

        They were orphans: they left their group and dropped their environment. A mark, where
        there is one, says more.
        """
        name = b"\0" + os.fsencode(of.mark.partition("=")[0]) + b"="
        for pid, process in self._table.items():
            if process.parent == os.getpid() and process.start_time >= of.leader.start_time:
                is_theirs = score_of(pid) == of.score
                if is_theirs and not (of.mark and name in _environment(pid)):
                    yield pid

    def _marked(self, mark: bytes) -> Iterator[int]:
        if not self._environments:
            self._environments = {pid: _environment(pid) for pid in self._table}
        return (pid for pid, environment in self._environments.items() if mark in environment)


def kin(of: Kin) -> list[Process]:
    """Take a census for this one question."""
    return Census().kin(of)


def _add_descendants(found: set[int], table: Iterable[Process]) -> None:
    """Grow `found` by the children of its members, and theirs."""
    children: dict[int, list[int]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process.pid)
    queue = list(found)
    while queue:
        fresh = [pid for pid in children.get(queue.pop(), ()) if pid not in found]
        found.update(fresh)
        queue.extend(fresh)


def send(process: Process, number: signal.Signals) -> bool:
    """Signal that very process and no other one of its number; False if it is gone.

    Raises `PermissionError` if it belongs to somebody else.
    """
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        now = read_process(process.pid)
        if now is None or now.start_time != process.start_time:
            return False
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def become_subreaper() -> bool:
    """Ask that orphans among our descendants become our children; False where it can't be had."""
    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def oom_kills() -> int:
    """Return how often this machine has killed for lack of memory since its boot (0 if unread)."""
    with suppress(OSError), open("/proc/vmstat", encoding="ascii") as file:  # noqa: PTH123
        for line in file:
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
