"""A real PostgreSQL server for tests: one for all workers of a test run, gone when it ends.

Import `postgres_server` and `postgres_dsn` into a conftest to use them as fixtures. They skip
where no server is installed. Durability is off: these databases live as long as a test.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

PORT = 5432  # Names the socket; nothing listens on the network.
USER = "orch"
QUICK = ("fsync=off", "full_page_writes=off", "max_connections=50", "shared_buffers=16MB")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server whose files and socket are in `folder`."""

    folder: Path

    def dsn(self, database: str) -> str:
        """Give the address of a database."""
        return f"postgresql://{USER}@/{database}?host={self.folder}&port={PORT}"

    def run(self, statement: str) -> None:
        """Run a statement outside of any test's database."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def database(self, *, template: str = "template0") -> Iterator[str]:
        """Make a database, give its address, and drop it with whoever is still connected."""
        name = f"test_{uuid4().hex}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.dsn(name)
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')


def find_programs() -> Path | None:
    """Find the folder of initdb and pg_ctl: on PATH, or the newest that Debian installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda path: float(path.parts[-3]), default=None)
    return newest and newest.parent


def start_server(programs: Path, *, settings: tuple[str, ...] = QUICK) -> PostgresServer:
    """Start a server in a new folder, as an ordinary user even if this process is root."""
    # Not below the test's own folder: an ordinary user can't reach it, and it may be too long for
    # a socket.
    folder = Path(tempfile.mkdtemp(prefix="orch-postgres-"))
    if (owner := _ordinary_user()) is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    initdb = ("-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    _run(programs / "initdb", *initdb)
    chosen = (f"unix_socket_directories={folder}", "listen_addresses=", f"port={PORT}", *settings)
    with (data / "postgresql.conf").open("a") as conf:
        conf.writelines(
            f"{name} = '{value}'\n" for name, value in (s.split("=", 1) for s in chosen)
        )
    _run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "start")
    return PostgresServer(folder)


def stop_server(programs: Path, server: PostgresServer) -> None:
    """Stop the server at once and remove its folder; nothing is done if it is gone already."""
    if server.folder.exists():
        with suppress(subprocess.CalledProcessError):
            _run(programs / "pg_ctl", "-D", server.folder / "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(server.folder, ignore_errors=True)


def _ordinary_user() -> pwd.struct_passwd | None:
    """Give who runs the server, which refuses to run as root; None to run it as this user."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def _run(*argv: str | Path) -> None:
    owner = _ordinary_user()
    subprocess.run(
        argv,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
        user=owner and owner.pw_uid,
        group=owner and owner.pw_gid,
        extra_groups=[] if owner else None,
    )


@contextmanager
def shared_server(programs: Path, meeting_place: Path) -> Iterator[PostgresServer]:
    """Share one server among the processes that meet at a folder; the last one to leave stops it.

    Each user holds a shared lock. A guard waits for the exclusive one, so the server goes even
    if all its users were killed.
    """
    users = meeting_place / "postgres.users"
    with users.open("w") as using:
        fcntl.flock(using, fcntl.LOCK_SH)
        with (meeting_place / "postgres.start").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            server = _find_or_start(programs, meeting_place)
        yield server
    with users.open("w") as using, suppress(BlockingIOError):
        fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
        stop_server(programs, server)


def _find_or_start(programs: Path, meeting_place: Path) -> PostgresServer:
    known = meeting_place / "postgres.folder"
    with suppress(FileNotFoundError):
        server = PostgresServer(Path(known.read_text()))
        if server.folder.exists():
            return server
    server = start_server(programs)
    known.write_text(str(server.folder))
    argv = (sys.executable, "-m", __name__, programs, meeting_place / "postgres.users")
    subprocess.run(
        [*argv, server.folder], check=True, stdin=subprocess.DEVNULL, start_new_session=True
    )
    return server


def guard(programs: Path, server: PostgresServer, *, users: Path) -> None:
    """Leave a process behind that stops the server once nobody uses it any more."""
    if os.fork():
        return
    with users.open("w") as using:
        fcntl.flock(using, fcntl.LOCK_EX)
        stop_server(programs, server)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Give the test run's server, started with its first use."""
    if (programs := find_programs()) is None:
        pytest.skip("no PostgreSQL server is installed (initdb is not found)")
    base = tmp_path_factory.getbasetemp()
    meeting_place = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with shared_server(programs, meeting_place) as server:
        yield server


@pytest.fixture
def postgres_dsn(postgres_server: PostgresServer) -> Iterator[str]:
    """Give the address of an empty database of the test's own."""
    with postgres_server.database() as dsn:
        yield dsn


if __name__ == "__main__":
    guard(Path(sys.argv[1]), PostgresServer(Path(sys.argv[3])), users=Path(sys.argv[2]))
