"""Prove that logs are JSON, one object a line, and never grow without end."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from orch.daemon import logs
from orch.system.paths import Home


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Give the process its own logging back."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = before, level
    structlog.reset_defaults()


def read(home: Home) -> list[dict[str, object]]:
    """Read what was logged."""
    return [json.loads(line) for line in home.daemon_log.read_text(encoding="utf-8").splitlines()]


def test_a_line_says_when_what_and_how_important(home: Home) -> None:
    """With whatever was told beside it."""
    logs.configure(home)
    structlog.get_logger("orch.test").info("it happened", task="t1", count=2)
    (line,) = read(home)
    assert line["event"] == "it happened"
    assert (line["level"], line["task"], line["count"]) == ("info", "t1", 2)
    assert str(line["at"]).endswith("Z")


def test_other_libraries_log_there_too(home: Home) -> None:
    """What asyncio warns about is worth knowing."""
    logs.configure(home)
    logging.getLogger("asyncio").warning("slow")
    assert read(home)[0]["event"] == "slow"


def test_an_exception_is_data(home: Home) -> None:
    """Its type and place, in the line."""
    logs.configure(home)
    try:
        int("no")
    except ValueError:
        structlog.get_logger().exception("it failed")
    found = read(home)[0]["exception"]
    assert isinstance(found, list)
    assert found[0]["exc_type"] == "ValueError"


@pytest.mark.parametrize(
    ("level", "kept"),
    [("debug", 3), ("info", 2), ("warn", 1), ("off", 0), ("nonsense", 2)],
)
def test_less_important_lines_are_left_out(home: Home, level: str, kept: int) -> None:
    """By the level of the configuration."""
    logs.configure(home, level=level)
    log = structlog.get_logger()
    log.debug("a")
    log.info("b")
    log.warning("c")
    assert len(read(home) if home.daemon_log.exists() else []) == kept


def test_a_file_that_is_full_is_put_aside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """And only so many are kept."""
    monkeypatch.setattr(logs, "SIZE_BYTES", 1000)
    logs.configure(home)
    log = structlog.get_logger()
    for number in range(200):
        log.info("a line of some length", number=number)
    files = sorted(home.daemon_log.parent.iterdir())
    assert len(files) == logs.KEPT + 1
    assert all(file.stat().st_size <= 1000 for file in files)
