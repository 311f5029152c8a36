"""Writes answers for people: rows, details and stories; and JSON for programs."""

import json
import time
from collections.abc import Iterable, Mapping

from orch.cli.client import Row
from orch.cli.judgements import finding_lines, judgement_line
from orch.cli.tables import pairs, table
from orch.cli.text import age, one_line, plain, style

COLOURS = {
    "done": "green",
    "landing": "cyan",
    "in_progress": "blue",
    "in_review": "blue",
    "needs_review": "yellow",
    "blocked": "yellow",
    "failed": "red",
    "cancelled": "dim",
    "draft": "dim",
}
SHORT_ID = 12
"""How much of a commit id people need."""


def print_json(value: object) -> None:
    """Print JSON that any terminal can show: what is not ASCII is escaped."""
    print(json.dumps(value, indent=2))


def print_json_line(value: object) -> None:
    """Print one JSON object on one line, at once: the form of everything that goes on."""
    print(json.dumps(value), flush=True)


def print_done(done: Row, *, as_json: bool) -> None:
    """Print what a change came to: its sentence, or all of it for programs."""
    if as_json:
        print_json(done)
    else:
        print(done["what"])


def words(status: str) -> str:
    """Write a status or state as people say it."""
    return status.replace("_", " ")


def ago(at: float | None) -> str:
    """Say how long ago something was."""
    return age(time.time() - at) if at else ""


def clock(at: float | None) -> str:
    """Write a time as the clock on the wall shows it."""
    if not at:
        return ""
    found = time.localtime(at)
    today = time.localtime()[:3] == found[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", found)


def short(commit: str | None) -> str:
    """Shorten a commit id."""
    return (commit or "")[:SHORT_ID]


def tasks_table(tasks: Iterable[Row], *, several_projects: bool = False) -> str:
    """Write tasks, one a line, with where each one stands."""
    rows, colours = [], []
    for task in tasks:
        rows.append(
            [
                task["id"],
                task["key"] or "",
                words(task["status"]),
                task["worker"] if task["activity"] else "",
                task["agent"] or "",
                task["project"] if several_projects else "",
                ago(task["updated_at"]),
                task["title"],
                "" if task["story"] == words(task["status"]) else task["story"],
            ]
        )
        colours.append(COLOURS.get(task["status"], ""))
    head = ("ID", "KEY", "STATUS", "WORKER", "AGENT", "PROJECT", "FOR", "TITLE", "STORY")
    return table(head, rows, styles=colours)


def counts_line(counts: Mapping[str, int]) -> str:
    """Write the numbers of tasks by status in one line."""
    return " · ".join(
        style(f"{number} {words(status)}", COLOURS.get(status, ""))
        for status, number in counts.items()
        if number
    )


def landing_line(landing: Row, *, judged: bool = True) -> str:
    """Say what became of a landing, with the old and the new commit."""
    head = f"{landing['id']} {words(landing['state'])}"
    if landing["new"]:
        moved = f"{landing['target']} {short(landing['old'])} → {short(landing['new'])}"
        return f"{head}: {moved}" + (
            f"; {said}" if judged and (said := unapproved(landing)) else ""
        )
    why = landing["reason"] or landing["waiting"] or gated_with(landing)
    return f"{head}: {one_line(why)}" if why else head


def unapproved(landing: Row) -> str:
    """Say what a judge said that did not approve, or why it did not judge; "" if neither is so."""
    return "" if landing.get("verdict") == "approve" else one_line(landing.get("judged", ""))


def gated_with(landing: Row) -> str:
    """Say with which others one run of the gate is shared; "" if it is not."""
    others = landing.get("gated_with", ())
    return f"gated together with {', '.join(others)}, by one run" if others else ""


def event_line(event: Row, *, project: bool = False) -> str:
    """Write an event in one line: when, what it is about, what happened, who, and why."""
    about = event["task"] or event["landing"] or "-"
    data = event["data"] if isinstance(event["data"], dict) else {}
    said = [
        f"{name}={one_line(str(value))}"
        for name, value in data.items()
        if name in _TELLING and value not in (None, "", [], {})
    ]
    if isinstance(judgement := data.get("judgement"), dict):
        said.append(f"{judgement.get('ruling')}: {one_line(str(judgement.get('summary')))}")
    parts = [
        style(clock(event["at"]), "dim"),
        f"{one_line(about):<6}",
        one_line(event["kind"]),
        *([f"[{one_line(event['project'])}]"] if project else []),
        *said,
        style(f"({one_line(event['actor'])})", "dim"),
    ]
    return " ".join(parts)


_TELLING = (
    "status",
    "state",
    "reason",
    "agent",
    "worker",
    "activity",
    "exit_code",
    "exit_signal",
    "head",
    "commit",
    "landing_id",
    "title",
    "on",
    "note",
    "waiting",
)


def detail(task: Row) -> str:
    """Write all that is known of a task."""
    landing = task["landing"]
    facts = pairs(
        [
            ("status", words(task["status"])),
            ("story", task["story"]),
            ("key", task["key"] or ""),
            ("project", task["project"]),
            ("agent", task["agent"] or ""),
            ("branch", task["branch"]),
            ("base", task["base"]),
            ("priority", str(task["priority"] or "")),
            ("labels", ", ".join(task["labels"])),
            ("waits for", ", ".join(task["after"])),
            ("parent", task["parent"] or ""),
            ("children", ", ".join(task["children"])),
            (
                "budget",
                _budget(task["budget"]),
            ),
            ("judgement", judgement_line(task["judgement"]) if task["judgement"] else ""),
            ("landing", landing_line(landing, judged=not task["judgement"]) if landing else ""),
            ("workspace", task["workspace"]),
            ("take it", task["export"]),
        ]
    )
    parts = [style(f"{task['id']}  {one_line(task['title'])}", "bold"), facts]
    if task["prompt"]:
        parts.append("\n" + _indented(task["prompt"]))
    if task["attempts"]:
        parts.append("\n" + attempts_table(task["attempts"]))
    if task["judgement"] and task["judgement"]["findings"]:
        parts.append("\n" + style("what the judge found", "dim"))
        parts += [f"    {line}" for line in finding_lines(task["judgement"])]
    if task["saved"]:
        parts.append("\n" + saved_table(task["saved"]))
    if task["feedback"]:
        parts.append("\n" + style("told to the next attempt", "dim"))
        parts.append(_indented(task["feedback"]))
    return "\n".join(parts)


def _budget(budget: Row) -> str:
    attempts = f"{budget['attempts_used']}/{budget['attempts']}"
    return f"attempts {attempts}, rounds {budget['rounds_used']}/{budget['rounds']}"


def attempts_table(attempts: Iterable[Row]) -> str:
    """Write a task's attempts, one a line."""
    rows = [
        [
            str(one["n"]),
            one["worker"],
            one["agent"],
            one["phase"],
            one["activity"] if one["ended_at"] is None else _ending(one),
            short(one["head"]),
            ago(one["started_at"]),
            one["outcome"],
        ]
        for one in attempts
    ]
    return table(("N", "WORKER", "AGENT", "PHASE", "ACTIVITY", "HEAD", "AGE", "OUTCOME"), rows)


def _ending(attempt: Row) -> str:
    if attempt["exit_signal"] is not None:
        return f"signal {attempt['exit_signal']}"
    return "" if attempt["exit_code"] is None else f"exit {attempt['exit_code']}"


def saved_table(saved: Iterable[Row]) -> str:
    """Write what was kept before something was removed."""
    rows = [
        [
            one["task"],
            str(one["attempt"]),
            short(one["commit"]),
            ago(one["at"]),
            one["ref"],
            one["what"],
        ]
        for one in saved
    ]
    return table(("TASK", "N", "COMMIT", "AGE", "REF", "WHAT"), rows)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in plain(text).strip().split("\n"))
