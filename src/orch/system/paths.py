"""Where orch keeps its things: the layout of $ORCH_HOME, and who this machine is."""

import contextlib
import functools
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_BYTES = 107
"""The longest name of a Unix socket that Linux takes (108 with the closing NUL)."""


class UnsafeDirectory(Exception):
    """A private directory belongs to somebody else or lets others in."""


@dataclass(frozen=True, slots=True)
class Home:
    """The layout of one $ORCH_HOME. `root` is absolute; nothing here touches the disk by itself."""

    root: Path

    @classmethod
    def default(cls) -> "Home":
        """Return $ORCH_HOME, or ~/.orch without it."""
        named = os.environ.get("ORCH_HOME")
        return cls(Path(named).expanduser().absolute() if named else Path.home() / ".orch")

    @property
    def database(self) -> Path:
        """The SQLite store."""
        return self.root / "orch.db"

    @property
    def config(self) -> Path:
        """The person's own settings, for all projects."""
        return self.root / "config.toml"

    @property
    def daemon_lock(self) -> Path:
        """Held by the one daemon of this home."""
        return self.root / "daemon.lock"

    @property
    def daemon_log(self) -> Path:
        """One JSON object a line."""
        return self.root / "logs" / "daemon.jsonl"

    @property
    def session_server_log(self) -> Path:
        """What the session server has to say, which is little."""
        return self.root / "logs" / "session-server.log"

    @property
    def sockets(self) -> Path:
        """Return the folder of the sockets.

        Where the home's own path is too long for a Unix socket this is a private folder under
        /tmp, named by a hash of the home; $TMPDIR is not asked, for all must find the same one.
        """
        inside = self.root / "run"
        if len(os.fsencode(inside / "session-server.sock")) <= SOCKET_PATH_BYTES:
            return inside
        return Path("/tmp") / f"orch-{os.getuid()}-{self.digest}"  # noqa: S108 - checked by `private`

    @property
    def daemon_socket(self) -> Path:
        """Where the daemon serves the wire protocol."""
        return self.sockets / "daemon.sock"

    @property
    def session_socket(self) -> Path:
        """Where the session server listens."""
        return self.sockets / "session-server.sock"

    @property
    def audit(self) -> Path:
        """The log of every command that changed something."""
        return self.root / "audit"

    @property
    def sessions(self) -> Path:
        """What the session server keeps: its lock, its identity, a folder per session."""
        return self.root / "sessions"

    @property
    def tmux_sessions(self) -> Path:
        """What is kept of sessions that run in tmux: a folder per session."""
        return self.root / "tmux"

    @property
    def session_server_lock(self) -> Path:
        """Held by the one session server of this home."""
        return self.sessions / "lock"

    @property
    def session_server_identity(self) -> Path:
        """Who the session server is: boot id, pid, start time, versions."""
        return self.sessions / "server.json"

    @property
    def digest(self) -> str:
        """A short name of this home, different for each path."""
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]

    def session(self, name: str) -> Path:
        """Return the folder of one session: its state and its transcript."""
        return self.sessions / name

    def hub(self, project_id: str) -> Path:
        """Return orch's own bare repository of a project."""
        return self.root / "repos" / f"{project_id}.git"

    def workspaces(self, project_id: str) -> Path:
        """Return the folder of a project's workspaces."""
        return self.root / "workspaces" / project_id

    def gates(self, project_id: str) -> Path:
        """Return the folder of a project's gate workspaces."""
        return self.root / "gates" / project_id

    def judges(self, project_id: str) -> Path:
        """Return the folder of what judges of a project read."""
        return self.root / "judges" / project_id

    def warm(self, project_id: str) -> Path:
        """Return the folder of a project's workspaces that are kept ready."""
        return self.root / "warm" / project_id

    def attempt(self, task_id: str, n: int) -> Path:
        """Return the folder of an attempt's files: prompt, command, logs of its gates."""
        return self.root / "attempts" / task_id / str(n)

    @property
    def secret(self) -> Path:
        """Return the file from which the tokens of sessions are made."""
        return self.root / "secret"

    def agents(self, task_id: str) -> Path:
        """Return the folder in which the agents of a task keep what is theirs."""
        return self.root / "agents" / task_id

    def create(self) -> None:
        """Make the root and the folder of the sockets, open to their owner only."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        private(self.sockets)


def private(folder: Path) -> Path:
    """Make a folder that only its owner may enter, or make sure that it is one.

    Raises `UnsafeDirectory` if it is a link, another user's, or can't be closed to others.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        message = f"{folder} is not a folder of this user; remove it, or set ORCH_HOME elsewhere"
        raise UnsafeDirectory(message)
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def host_id(home: Home) -> str:
    """Return this machine's id in this home, made at the first call and kept since."""
    path = home.root / "host-id"
    home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"host-id.{secrets.token_hex(4)}")
        draft.write_text(f"h-{secrets.token_hex(4)}\n", encoding="ascii")
        # A link fails if another start was quicker: then its id is the one.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


@functools.cache
def boot_id() -> str:
    """Return the kernel's id of this boot; "" where there is none to be had."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
