"""Keeps the machine's own settings: the last good ones, and what is wrong with newer ones."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from orch.daemon.settings.effective import Effective, Layers, lay
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.source import Document, load
from orch.daemon.settings.watched import Stamp, identity, is_settled
from orch.ports.errors import Permanent
from orch.system.paths import Home


@dataclass(frozen=True, slots=True)
class Good:
    """Settings that may be in force, and the content of the file that they came from."""

    document: Document | None
    effective: Effective


@dataclass(slots=True)
class HostFile:
    """`$ORCH_HOME/config.toml`, with the daemon's environment and flags laid over it."""

    home: Home
    env: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    _good: Good | None = None
    _stamp: Stamp | None = None

    def look(self) -> Good:
        """Return the last good settings; `problems` tells of newer ones.

        Raises `Permanent` where there never were good ones.
        """
        stamp = (identity(self.home.config),)
        if stamp != self._stamp:
            self._read()
            self._stamp = stamp if is_settled(stamp, time.time_ns()) else None
        if self._good is None:
            said = "\n".join(str(problem) for problem in self.problems)
            raise Permanent(said, remedy="mend what is named, then run: orch up")
        return self._good

    def forget(self) -> None:
        """Read the file again at the next look, changed or not."""
        self._stamp = None

    def _read(self) -> None:
        content = load(self.home.config)
        layers = Layers(host=content, env=self.env, flags=self.flags, has_project=False)
        found = lay(layers)
        self.problems = found.problems
        if found.usable and not isinstance(content, Problem):
            self._good = Good(content, found)
