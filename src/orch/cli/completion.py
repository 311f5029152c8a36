"""Offers the names of tasks and projects to the shell; never starts a daemon for that."""

from orch.cli.client import connect_running, scope
from orch.cli.text import one_line
from orch.wire.codes import WireError


def complete_tasks(begun: str) -> list[tuple[str, str]]:
    """Return (name, title) of the open tasks whose id, key or slug begins like this."""
    found: list[tuple[str, str]] = []
    for row in _ask("task.list", open=True, limit=200, **scope()):
        names = (str(row["id"]), str(row["key"] or ""), str(row["slug"]))
        match = next((n for n in names if n and n.lower().startswith(begun.lower())), None)
        if match:
            found.append((match, one_line(str(row["title"]))))
    return found


def complete_projects(begun: str) -> list[tuple[str, str]]:
    """Return (name, path) of the projects whose name begins like this."""
    rows = _ask("project.list")
    return [
        (str(row["name"]), str(row["path"]))
        for row in rows
        if str(row["name"]).lower().startswith(begun.lower())
    ]


def _ask(method: str, **params: object) -> list[dict[str, object]]:
    try:
        client = connect_running()
        if client is None:
            return []
        with client:
            answer = client.call(method, **params)
    except (OSError, WireError):
        return []
    return answer if isinstance(answer, list) else []
