"""The hooks of Claude Code, Codex, Gemini and OpenCode in the person's own configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orch.personal.edit import Part
from orch.personal.failure import PersonalError
from orch.personal.files import PersonalFile
from orch.personal.hook_json import HookJson
from orch.personal.notify_line import NotifyLine, is_taken
from orch.personal.places import Places
from orch.personal.undo import Undo
from orch.personal.whole import Whole
from orch.system.hook_call import hook_line, opencode_plugin
from orch.wire.shapes.personal import HookShape

TOOLS = "*"
"""The matcher for all tools; events without tools have none."""

CLAUDE = {
    "SessionStart": "",
    "UserPromptSubmit": "",
    "PreToolUse": TOOLS,
    "PermissionRequest": TOOLS,
    "PostToolUse": TOOLS,
    "Notification": "",
    "Stop": "",
    "StopFailure": "",
    "SubagentStop": "",
    "SessionEnd": "",
}
CODEX = {
    "SessionStart": "",
    "UserPromptSubmit": "",
    "PreToolUse": "",
    "PermissionRequest": "",
    "PostToolUse": "",
    "Stop": "",
    "SubagentStop": "",
    "SessionEnd": "",
}
GEMINI = {
    "SessionStart": "",
    "BeforeAgent": "",
    "BeforeTool": TOOLS,
    "Notification": "",
    "AfterTool": TOOLS,
    "AfterAgent": "",
    "SessionEnd": "",
}
"""Which events are told of, with their matcher; those that the programs were seen to send."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A JSON file of hooks: its name, its events, and the longest that the agent waits for one.

    Gemini counts milliseconds, the others seconds; Codex allows no more than three at an end.
    """

    file: str
    events: Mapping[str, str]
    timeout: int
    extra: Mapping[str, object]

    def groups(self, agent: str) -> dict[str, dict[str, object]]:
        """Make the group of each event."""
        return {event: self._group(agent, event) for event in self.events}

    def _group(self, agent: str, event: str) -> dict[str, object]:
        handler = {
            **self.extra,
            "type": "command",
            "command": hook_line(agent, event),
            "timeout": self.timeout,
        }
        matcher = self.events[event]
        return ({"matcher": matcher} if matcher else {}) | {"hooks": [handler]}


_KINDS = {
    "claude": _Kind("settings.json", CLAUDE, 5, {}),
    "codex": _Kind("hooks.json", CODEX, 3, {}),
    "gemini": _Kind("settings.json", GEMINI, 5000, {"name": "orch"}),
}
PLUGIN = "plugin/orch.js"
"""Where OpenCode finds plugins, below its folder."""


Place = Part | Whole
"""A file that hooks go into: orch's part of the person's, or one that is all orch's."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of a person's agents. Every verb answers with a shape for each file."""

    places: Places
    undo: Undo

    def status(self, agents: Sequence[str]) -> list[HookShape]:
        """Look how they stand; what can't be read is told as such."""
        return [_look(agent, place) for agent, place in self._all(agents)]

    def install(self, agents: Sequence[str]) -> list[HookShape]:
        """Put the hooks of all these agents in place. Raises `PersonalError` before any change."""
        wanted = self._all(agents)
        for _, place in wanted:
            place.refuse()
        return [
            _look(agent, place, changed=not _is_taken(place) and place.install())
            for agent, place in wanted
        ]

    def uninstall(self, agents: Sequence[str]) -> list[HookShape]:
        """Take them out. Raises `PersonalError`; what was done before it is done."""
        return [
            _look(agent, place, changed=place.uninstall()) for agent, place in self._all(agents)
        ]

    def _all(self, agents: Sequence[str]) -> list[tuple[str, Place]]:
        return [(agent, place) for agent in agents for place in self._of(agent)]

    def _of(self, agent: str) -> list[Place]:
        folder = self.places.folder(agent)
        if agent == "opencode":
            return [Whole(PersonalFile(folder / PLUGIN), opencode_plugin(), self.undo)]
        kind = _KINDS[agent]
        form = HookJson(kind.groups(agent))
        places: list[Place] = [Part(PersonalFile(folder / kind.file), form, self.undo)]
        if agent == "codex":
            places.append(Part(PersonalFile(folder / "config.toml"), NotifyLine(), self.undo))
        return places


def _is_taken(place: Place) -> bool:
    """Tell whether Codex's one `notify` is the person's own; it stays so."""
    if not isinstance(place, Part) or not isinstance(place.form, NotifyLine):
        return False
    return is_taken(place.file.text() or "")


def _look(agent: str, place: Place, *, changed: bool = False) -> HookShape:
    state, note = "unreadable", ""
    try:
        state = str(place.look())
        if _is_taken(place):
            state, note = "taken", "notify names a program of yours; the hooks tell the same"
        elif agent == "codex" and state == "installed" and place.file.path.suffix == ".json":
            note = "codex runs them once you have allowed it: type /hooks there"
    except PersonalError as error:
        note = str(error)
    return HookShape(agent=agent, file=place.file.name, state=state, changed=changed, note=note)
