"""A store opens by its address, brings its schema up to date, and refuses what it can't use."""

import socket
import sqlite3
import stat
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from orch.adapters.stores.opening import open_store
from orch.adapters.stores.schema import HEAD
from orch.ports.errors import Permanent, Transient
from orch.ports.store import Batch, NewerSchemaError, TaskQuery
from orch.testing.store_values import a_life, a_task

WORD = "hunter2"
OPEN = """
import sys
from orch.adapters.stores.opening import open_store
open_store(sys.argv[1]).close()
"""
LOCKED = """
import sqlite3, sys
try:
    sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError:
    sys.exit(7)
"""


def write(path: Path, *statements: str) -> None:
    """Change a database behind the store's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("form", ["{path}", "sqlite:///{path}"])
def test_a_path_or_an_address_opens_the_file(tmp_path: Path, form: str) -> None:
    """The same file opens under both, also where its name is no plain word."""
    path = tmp_path / "a b%20?ü#.db"
    with open_store(form.format(path=path)) as opened:
        opened.store.commit(a_life())
        assert opened.where == str(path)
    with open_store(path) as again:
        assert len(again.store.tasks(TaskQuery())) == 1


def test_a_relative_path_stays_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later change of the working folder changes nothing."""
    monkeypatch.chdir(tmp_path)
    with open_store("orch.db") as opened:
        monkeypatch.chdir("/")
        opened.store.commit(a_life())
    assert (tmp_path / "orch.db").exists()


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    """The file and what SQLite puts beside it have mode 0600; a looser one is tightened."""
    path = tmp_path / "orch.db"
    with open_store(path) as opened:
        opened.store.commit(a_life())
        beside = list(tmp_path.iterdir())
        assert len(beside) == 3
        assert {stat.S_IMODE(file.stat().st_mode) for file in beside} == {0o600}
    path.chmod(0o644)
    open_store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_many_open_a_new_database_at_once(tmp_path: Path) -> None:
    """Processes and threads that all find no schema build it once."""
    path = tmp_path / "orch.db"
    others = [subprocess.Popen([sys.executable, "-c", OPEN, path]) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for opened in threads.map(lambda _: open_store(path), range(8)):
            opened.close()
    assert [other.wait() for other in others] == [0, 0, 0, 0]
    with open_store(path) as opened:
        opened.store.commit(a_life())


def test_a_database_of_a_newer_orch_is_left_alone(tmp_path: Path) -> None:
    """The refusal names both versions and what to do; the file does not change."""
    path = tmp_path / "orch.db"
    open_store(path).close()
    write(
        path,
        "UPDATE orch_schema SET version_num = '9901'",
        "UPDATE meta SET value = '88.1' WHERE name = 'written_by'",
    )
    before = path.read_bytes()
    with pytest.raises(NewerSchemaError) as refused:
        open_store(path)
    for told in (str(path), "88.1", "9901", HEAD, "Nothing was changed", "Install orch 88.1"):
        assert told in str(refused.value)
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """Tables of ours that we did not make are a reason to stop."""
    path = tmp_path / "other.db"
    write(path, "CREATE TABLE tasks (name TEXT)", "INSERT INTO tasks VALUES ('water the plants')")
    with pytest.raises(Permanent, match="tables that orch did not make: tasks") as refused:
        open_store(path)
    assert "[state] dsn" in refused.value.remedy
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM tasks").fetchall() == [("water the plants",)]


@pytest.mark.parametrize(
    "content", [b"no database at all " * 99, b"SQLite format 3\0" + b"x" * 9999]
)
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """Damage is named, with a way to save what can be read."""
    path = tmp_path / "orch.db"
    path.write_bytes(content)
    with pytest.raises(Permanent, match="damaged or no database") as refused:
        open_store(path)
    assert ".recover" in refused.value.remedy
    assert path.read_bytes() == content


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """The remedy says which folder is wanted; none is made."""
    with pytest.raises(Permanent, match=r"no database at .*: No such file") as refused:
        open_store(tmp_path / "missing" / "orch.db")
    assert str(tmp_path / "missing") in refused.value.remedy
    assert not (tmp_path / "missing").exists()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """A folder in the place of the file is refused, and keeps its mode."""
    folder = tmp_path / "orch.db"
    folder.mkdir(mode=0o755)
    with pytest.raises(Permanent, match="not a file"):
        open_store(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.parametrize("address", ["mysql://ada:secret@host/db", "sqlite:///", "redis://x", ""])
def test_other_kinds_of_stores_are_refused(address: str) -> None:
    """The remedy lists what there is; a password in the address is not repeated."""
    with pytest.raises(Permanent, match="no store of this kind") as refused:
        open_store(address)
    assert "postgresql://" in refused.value.remedy
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ada:{word}@127.0.0.1:{port}/orch",
        "postgresql://ada@127.0.0.1:{port}/orch?password={word}",
        "postgres://ada:{word}@127.0.0.1:{port}/orch?connect_timeout=2",
    ],
)
def test_a_password_is_in_no_message(address: str) -> None:
    """A server that is not there is worth another try, and is named without its password."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # Bound, not listening: nobody answers at this port.
        port = taken.getsockname()[1]
        with pytest.raises(Transient, match=f"127.0.0.1:{port}") as refused:
            open_store(address.format(word=WORD, port=port))
    assert WORD not in _chain(refused.value)


def test_an_address_that_cannot_be_read_is_not_repeated() -> None:
    """What is wrong with it may be its password."""
    address = f"postgresql://ada:{WORD}@host:no-port/orch"
    with pytest.raises(Permanent, match="cannot be read") as refused:
        open_store(address)
    assert WORD not in _chain(refused.value)


def _chain(error: BaseException) -> str:
    """Render an error and what caused it, as a log would."""
    return repr(error) + "".join(traceback.format_exception(error))


def test_opening_twice_in_one_process_keeps_locks(tmp_path: Path) -> None:
    """A second opening does not drop the first one's lock on the file, as closing a file would."""
    path = tmp_path / "orch.db"
    with (
        open_store(path) as first,
        first.database.writing(),
        open_store(path, busy_timeout_s=0.0) as second,
    ):
        with pytest.raises(Transient, match="locked"):
            second.store.commit(Batch(tasks=(a_task(),)))
        second.close()
        assert subprocess.run([sys.executable, "-c", LOCKED, path], check=False).returncode == 7
