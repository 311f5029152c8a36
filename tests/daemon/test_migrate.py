"""Prove that state is taken along by a verb, and that a live daemon forbids it."""

import pytest

from orch.adapters.stores.opening import open_store
from orch.core.project import Project
from orch.daemon.lock import DaemonLock
from orch.daemon.migrate import address, main
from orch.ports.errors import Permanent
from orch.system.paths import Home


@pytest.fixture
def used(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Give a home whose database has a project."""
    monkeypatch.setenv("ORCH_HOME", str(home.root))
    with open_store(home.database) as opened:
        opened.registry.save_project(
            Project(id="p-1", name="mine", path="/mine", hub="/hub", host_id="h", added_at=1.0)
        )
    return home


def test_all_is_copied_and_counted(used: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The counts are printed; the source stays."""
    target = used.root / "other.db"
    assert main(["sqlite", str(target)]) == 0
    assert "1 rows, the same in both" in capsys.readouterr().out
    with open_store(target) as opened:
        assert [project.name for project in opened.registry.projects()] == ["mine"]


def test_a_target_that_holds_something_is_refused(
    used: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason, and nothing is changed."""
    target = used.root / "other.db"
    assert main(["sqlite", str(target)]) == 0
    assert main(["sqlite", str(target)]) == 1
    assert capsys.readouterr().err.startswith("orch: ")


def test_a_live_daemon_forbids_it(used: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """It would go on writing."""
    lock = DaemonLock(used)
    lock.acquire(version="1.0")
    assert main(["sqlite", str(used.root / "other.db")]) == 1
    lock.release()
    assert "next: orch daemon stop" in capsys.readouterr().err


def test_words_stand_for_the_usual_databases(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """All else is an address."""
    assert address("sqlite", home) == str(home.database)
    assert address("/some/file.db", home) == "/some/file.db"
    with pytest.raises(Permanent, match="no PostgreSQL"):
        address("postgres", home)
    monkeypatch.setenv("ORCH_STATE_DSN", "postgresql://me@host/orch")
    assert address("postgres", home) == "postgresql://me@host/orch"
