"""Control groups of version 2, where we may make our own: nothing gets out of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_OWN = Path("/proc/self/cgroup")
_SYSTEMD = Path("/run/systemd/system")
_CONTROLLERS = frozenset({"memory", "pids", "cpu"})
_LEAF = "orch-server"
"""Where this process itself goes, if groups below its own are to be bounded."""


@cache
def own_cgroup() -> Path | None:
    """Return the folder of this process's group if groups may be made below it, else None.

    $ORCH_CGROUP=off does without them.

    For an ordinary user that is where systemd has delegated it. Root may write anywhere, but
    where systemd runs the tree is systemd's, so there root goes without.
    """
    if os.environ.get("ORCH_CGROUP") == "off" or (os.getuid() == 0 and _SYSTEMD.exists()):
        return None
    mount, own = _mount_point(), _own_path()
    if mount is None or own is None:
        return None
    # An upgraded program finds itself where the one before it has put it.
    folder = mount / own.removesuffix(f"/{_LEAF}").lstrip("/")
    if not os.access(folder, os.W_OK) or not os.access(folder / "cgroup.procs", os.W_OK):
        return None
    return folder


def make(name: str) -> Path | None:
    """Make a group below our own, or find it; None where that can't be had."""
    own = own_cgroup()
    if own is None:
        return None
    folder = own / name
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return None
    return folder


def enter(group: Path, pid: int) -> bool:
    """Put a process into a group, with all that it starts from now on; False if that failed."""
    try:
        (group / "cgroup.procs").write_text(str(pid))
    except OSError:
        return False
    return True


@cache
def controllers() -> frozenset[str]:
    """Let groups below our own be bounded, as far as that can be had: memory, pids, cpu.

    The kernel bounds no groups beside processes, so this process may step aside into one.
    """
    own, me = own_cgroup(), os.getpid()
    if own is None:
        return frozenset()
    offered = _words(own / "cgroup.controllers") & _CONTROLLERS
    switch, order = own / "cgroup.subtree_control", " ".join(f"+{one}" for one in sorted(offered))
    if offered <= _words(switch) or put(switch, order):
        return offered
    leaf = make(_LEAF)
    if leaf is None or not enter(leaf, me):
        return frozenset()
    if put(switch, order):
        return offered
    # Others stand there too, and they are not ours to move.
    enter(own, me)
    remove(leaf)
    return frozenset()


def put(file: Path, text: str) -> bool:
    """Write to one of a group's files; False if there is none, or the kernel doesn't take it."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.write(handle, text.encode())
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def figure(file: Path, name: str = "") -> int | None:
    """Read the number in one of a group's files, or the one behind a name; None without one."""
    with suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            key, _, value = line.rpartition(" ")
            if key == name:
                return int(value)
    return None


@contextmanager
def standing_in(group: Path | None) -> Iterator[bool]:
    """Stand in a group meanwhile: what is started is born there, and can't slip out before.

    Yields whether that was possible. It takes some milliseconds now and then.
    """
    back, me = _standing(), os.getpid()
    if group is None or back is None or not enter(group, me):
        yield False
        return
    try:
        yield True
    finally:
        enter(back, me)


def members(group: Path) -> set[int]:
    """Return who is in a group or in one below it; nobody where there is no such group."""
    found: set[int] = set()
    for procs in (group / "cgroup.procs", *group.glob("*/**/cgroup.procs")):
        with suppress(OSError):
            found.update(int(line) for line in procs.read_text().split())
    return found


def remove(group: Path) -> None:
    """Remove a group and those below it, as far as they are empty."""
    with suppress(OSError):
        for below in sorted(group.glob("*/**/"), reverse=True):
            below.rmdir()
        group.rmdir()


def _words(file: Path) -> frozenset[str]:
    with suppress(OSError):
        return frozenset(file.read_text().split())
    return frozenset()


def _standing() -> Path | None:
    """Return the folder of the group that this process is in now."""
    own, path = own_cgroup(), _own_path()
    if own is None or path is None:
        return None
    return own / _LEAF if path.endswith(f"/{_LEAF}") else own


def _mount_point() -> Path | None:
    with suppress(OSError):
        for line in _MOUNTS.read_text().splitlines():
            before, _, after = line.partition(" - ")
            if after.startswith("cgroup2 "):
                return Path(before.split()[4])
    return None


def _own_path() -> str | None:
    with suppress(OSError):
        for line in _OWN.read_text().splitlines():
            if line.startswith("0::"):
                return line.removeprefix("0::")
    return None
