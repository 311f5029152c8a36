"""Writes what stands in the lanes, and what is to be said of a whole one."""

import time
from collections.abc import Iterable, Sequence

from orch.cli.client import Row
from orch.cli.render import ago, clock, words
from orch.cli.tables import table
from orch.cli.text import age, one_line, style


def held_lanes(projects: Iterable[Row], queue: Iterable[Row]) -> list[str]:
    """Tell of lanes that begin nothing and in which nothing waits: the queue does not show them."""
    shown = {(item["project"], item["target"]) for item in queue}
    return [
        style(f"all for {lane['target']} of {one_line(project['name'])}: {told}", "yellow")
        for project in projects
        for lane in project.get("held", ())
        if (project["name"], lane["target"]) not in shown and (told := one_line(lane["told"]))
    ]


def before_lines(before: Sequence[Row]) -> list[str]:
    """Tell what judges hold before the lanes: nothing that is queued shows it."""
    told = [_before(one) for one in before]
    head = f"{len(told)} before the lane:"
    return [f"{head} {told[0]}"] if len(told) == 1 else [head, *told] if told else []


def _before(one: Row) -> str:
    task, judge = one["task"], f"its judge, {one_line(one['judge'])}"
    if one["state"] == "judging":
        return f"{task} is with {judge}, for {ago(one['since'])}"
    waits = f"{task} waits for {judge}, at its usage limit"
    if one["until"]:
        return f"{waits} until {clock(one['until'])}"
    return f"{waits}: `orch why {task}` says until when, `orch task unblock {task}` asks it again"


def queue_table(items: Sequence[Row], *, several_projects: bool = False) -> str:
    """Write the merge queue, lane by lane, and below it in full what holds whom."""
    rows = [
        [
            item["id"],
            item["task"] or "",
            words(item["state"]),
            str(item["ahead"]),
            _gate(item),
            _lands(item["expected_at"]),
            item["project"] if several_projects else "",
            item["target"],
            item["title"],
        ]
        for item in items
    ]
    head = (
        "ID", "TASK", "STATE", "AHEAD", "GATE", "LANDS", "PROJECT", "TARGET", "TITLE",
    )  # fmt: skip
    return "\n".join([table(head, rows), *_held(items, several_projects=several_projects)])


def _held(items: Iterable[Row], *, several_projects: bool) -> list[str]:
    """Say what items wait for, each reason once: a sentence that is cut helps nobody.

    What holds up a whole lane is said of that, not of each that is in it; a batch is told once.
    """
    held: dict[tuple[str, str], list[str]] = {}
    batched: set[str] = set()
    for item in items:
        lane, reason = one_line(item.get("lane", "")), one_line(item["reason"])
        if lane:
            whose = f" of {item['project']}" if several_projects else ""
            held[f"all for {item['target']}{whose}", lane] = []
        if reason and reason != lane:
            held.setdefault(("", reason), []).append(item["id"])
        batch = (item["id"], *item.get("gated_with", ()))
        if len(batch) > 1 and item["id"] not in batched:
            batched.update(batch)
            held[", ".join(batch), "gated together, by one run"] = []
    return [f"{who or ', '.join(ids)}: {reason}" for (who, reason), ids in held.items()]


def _gate(item: Row) -> str:
    """Say what a gate does; of one that runs how long, and how long it usually takes."""
    if item["gate"] != "running" or not item["started"]:
        return "waits for a slot" if item["gate"] == "waiting" else str(item["gate"])
    usually = f" of ~{age(item['gate_s'])}" if item["gate_s"] else ""
    return f"running {ago(item['started'])}{usually}"


def _lands(at: float | None) -> str:
    """Say in what time something is expected."""
    left_s = at - time.time() if at else 0.0
    return "" if not at else f"in ~{age(left_s)}" if left_s >= 1 else "soon"
