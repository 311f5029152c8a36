"""Writes what is to be said of a whole lane."""

from collections.abc import Iterable

from orch.cli.client import Row
from orch.cli.text import one_line, style


def held_lanes(projects: Iterable[Row], queue: Iterable[Row]) -> list[str]:
    """Tell of lanes that begin nothing and in which nothing waits: the queue does not show them."""
    shown = {(item["project"], item["target"]) for item in queue}
    return [
        style(f"all for {lane['target']} of {one_line(project['name'])}: {told}", "yellow")
        for project in projects
        for lane in project.get("held", ())
        if (project["name"], lane["target"]) not in shown and (told := one_line(lane["told"]))
    ]
