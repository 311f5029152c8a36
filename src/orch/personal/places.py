"""Where the agents keep a person's configuration, as the agents' own variables say."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

AGENTS = ("claude", "codex", "gemini", "opencode")
"""The agents whose configuration orch can change."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one person, by their environment."""

    environment: Mapping[str, str]

    @property
    def home(self) -> Path:
        """The person's home."""
        named = self.environment.get("HOME")
        return Path(named) if named else Path.home()

    def folder(self, agent: str) -> Path:
        """Return the folder of an agent's configuration, whether it exists or not."""
        match agent:
            case "claude":
                return self._named("CLAUDE_CONFIG_DIR") or self.home / ".claude"
            case "codex":
                return self._named("CODEX_HOME") or self.home / ".codex"
            case "gemini":
                return (self._named("GEMINI_CLI_HOME") or self.home) / ".gemini"
            case _:
                return (self._named("XDG_CONFIG_HOME") or self.home / ".config") / "opencode"

    def found(self) -> list[str]:
        """List the agents that this person has: their configuration, or the program."""
        path = self.environment.get("PATH")
        return [
            agent
            for agent in AGENTS
            if self.folder(agent).is_dir() or shutil.which(agent, path=path)
        ]

    def _named(self, variable: str) -> Path | None:
        value = self.environment.get(variable)
        return Path(value).expanduser().absolute() if value else None
