"""Who calls, and what the caller may do: told by the kernel, not by what the caller says."""

import json
import os
import pwd
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from orch.adapters.gates.checkout import MARK
from orch.system.bounds import is_scored
from orch.system.paths import Home
from orch.system.process import read_process

_MARK = b"ORCH_SESSION="
_TOKEN = b"ORCH_TOKEN="
_HOME = b"ORCH_HOME="
_SLOT = f"{MARK}=".encode()
_DEPTH = 64


class Role(IntEnum):
    """What a caller is; each may do what those below it may."""

    SESSION = 1
    LEAD = 2
    PERSON = 3

    @property
    def word(self) -> str:
        """Return the name that documents use."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One end of a connection. `session` names the session that it descends from ("" if unknown).

    `actor` is what the history says: "person:alice" or "session:t12.1". `pid` is the process that
    connected. `token` is what it bears to show that it is this session: a name alone can be made
    up by whoever sets a variable.
    """

    role: Role
    actor: str
    session: str = ""
    pid: int = 0
    token: str = field(default="", repr=False)

    @property
    def task_id(self) -> str:
        """Return the task of the caller's session; "" for a person."""
        return self.session.partition(".")[0]

    @classmethod
    def of_session(cls, name: str, *, token: str = "") -> "Caller":
        """Make the caller with a session's rights; without a name it has no task of its own."""
        actor = f"session:{name or 'unknown'}"
        return cls(role=Role.SESSION, actor=actor, session=name, token=token)


def identify(pid: int, uid: int, *, home: Home) -> Caller:
    """Find out whose request this is.

    A process that descends from a session has that session's rights, even after it left the
    session's process group. One that a gate started, which runs what a change brings, has the
    least, as has one that can't be looked at any more. Who has left environment and parents behind
    is known by the kernel's score, which gates and sessions hand down.
    """
    chain = list(_ancestry(pid))
    if not chain:
        return Caller.of_session("")
    server = _session_server(home)
    for ancestor in chain:
        environment = _environment(ancestor)
        if ancestor == pid and environment is None:
            return Caller.of_session("")
        if name := _session_in(environment or b"", home):
            return Caller.of_session(name, token=_variable(environment or b"", _TOKEN))
        if ancestor == server or _is_gate(environment or b"", home):
            return Caller.of_session("")
    if is_scored(pid):
        return Caller.of_session("")
    return Caller(role=Role.PERSON, actor=f"person:{_user_name(uid)}")


def _ancestry(pid: int) -> Iterator[int]:
    for _ in range(_DEPTH):
        found = read_process(pid) if pid > 0 else None
        if found is None:
            return
        yield pid
        pid = found.parent


def _environment(pid: int) -> bytes | None:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return None


def _session_in(environment: bytes, home: Home) -> str:
    """Return the session that an environment names, unless it is of another home."""
    root = _variable(environment, _HOME)
    if root and os.path.realpath(root) != os.path.realpath(home.root):
        return ""
    return _variable(environment, _MARK)


def _is_gate(environment: bytes, home: Home) -> bool:
    """Tell whether a gate of this home runs here; those of another have no say in this one."""
    slot = _variable(environment, _SLOT)
    return bool(slot) and Path(os.path.realpath(slot)).is_relative_to(os.path.realpath(home.root))


def _variable(environment: bytes, prefix: bytes) -> str:
    variables = environment.split(b"\0")
    found = next((v.removeprefix(prefix) for v in variables if v.startswith(prefix)), b"")
    return os.fsdecode(found)


def _session_server(home: Home) -> int | None:
    try:
        found = json.loads(home.session_server_identity.read_bytes())
    except (OSError, ValueError):
        return None
    pid = found.get("pid") if isinstance(found, dict) else None
    return pid if isinstance(pid, int) else None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
