"""The demo's narration: the daemon's events as lines that a person can follow."""

from collections.abc import Callable

from orch.cli.text import one_line, style

Data = dict[str, object]


class Narrator:
    """Prints a line for each event that is worth one, with who did it and how long into the run."""

    def __init__(self, began: float, say: Callable[[str], None]) -> None:
        """Count time from `began` (epoch seconds)."""
        self._began, self._say = began, say
        self._workers: dict[str, str] = {}
        self._titles: dict[str, str] = {}

    def hear(self, event: Data) -> None:
        """Tell one event."""
        data, task = event.get("data"), str(event.get("task") or "")
        if not isinstance(data, dict):
            return
        kind = str(event["kind"])
        if kind == "TaskSubmitted":
            self._titles[task] = str(data.get("title", ""))
        if kind == "SlotGranted":
            self._workers[task] = str(data.get("worker", ""))
        if (tell := _LINES.get(kind)) is not None:
            colour, words = tell(data)
            title = self._titles.get(task, "") if kind in _TITLED else ""
            self._line(float(str(event["at"])), task, words=style(words, colour), title=title)

    def _line(self, at: float, task: str, *, words: str, title: str) -> None:
        who = self._workers.get(task, "")
        ending = f"  {title}" if title else ""
        self._say(f"{at - self._began:6.1f}s  {task:<4} {who:<7} {words}{ending}")


_TITLED = frozenset({"TaskSubmitted", "Landed"})

_LINES: dict[str, Callable[[Data], tuple[str, str]]] = {
    "TaskSubmitted": lambda _: ("dim", "submitted"),
    "SlotGranted": lambda data: ("cyan", f"attempt {data['attempt']} begins"),
    "WorkspaceReady": lambda data: ("dim", f"has a worktree of its own on {data['branch']}"),
    "WorkspaceFailed": lambda data: ("yellow", f"no worktree: {one_line(str(data['reason']))}"),
    "SessionStarted": lambda data: ("dim", f"works in session {data['session']}"),
    "AgentClaimedDone": lambda data: ("cyan", f"claims done ({_commits(data)}); the gate checks"),
    "AgentFailed": lambda data: ("yellow", f"brought nothing: {one_line(str(data['reason']))}"),
    "GatePassed": lambda _: ("green", "the gate passed on that exact commit"),
    "GateFailed": lambda data: (
        "red",
        f"sent back: {one_line(str(data['reason']))}; the next attempt gets the output",
    ),
    "ItemGating": lambda _: ("dim", "main has moved on: the gate checks the change on top of it"),
    "Landed": lambda data: (
        "green",
        f"landed  {str(data['previous'])[:9]} -> {str(data['commit'])[:9]}",
    ),
    "LandingBounced": lambda data: ("yellow", f"bounced: {one_line(str(data['reason']))}"),
}


def _commits(data: Data) -> str:
    return "1 commit" if data["commits"] == 1 else f"{data['commits']} commits"
