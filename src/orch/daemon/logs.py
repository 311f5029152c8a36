"""Writes what happens as JSON, one object a line, into a file that never grows without end."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from typing import Final

import structlog

from orch.system.paths import Home

SIZE_BYTES: Final = 10 * 1024 * 1024
"""When a new file is begun."""

KEPT: Final = 4
"""How many older files are kept: `daemon.jsonl.1` is the youngest of them."""

LEVELS: Final = {
    "off": logging.CRITICAL + 10,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG,
}
"""The levels by the names that the configuration uses."""

_SHARED: Final[list[structlog.typing.Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
]


def configure(home: Home, *, level: str = "info") -> None:
    """Send all logs of this process to `$ORCH_HOME/logs/daemon.jsonl`.

    If standard error is a terminal (`orch serve`), people can read them there too. Calling it
    again replaces what was set up before.
    """
    home.daemon_log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(_file(home))
    if sys.stderr.isatty():
        root.addHandler(_terminal())
    set_level(level)


def set_level(name: str) -> None:
    """Log what is at least this important; a name that is no level means info."""
    logging.getLogger().setLevel(LEVELS.get(name.lower(), logging.INFO))


def _file(home: Home) -> logging.Handler:
    handler = RotatingFileHandler(
        home.daemon_log, maxBytes=SIZE_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(
        _formatter(
            structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(default=str)
        )
    )
    return handler


def _terminal() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(structlog.dev.ConsoleRenderer()))
    return handler


def _formatter(*last: structlog.typing.Processor) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
