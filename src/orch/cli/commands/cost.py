"""The verb that tells what was spent."""

import time

from orch.cli.client import Row, call, scope
from orch.cli.exits import Failed
from orch.cli.render import print_json
from orch.cli.tables import table
from orch.cli.text import age, style
from orch.cli.verbs import JSON, PROJECT, Argument, Option, verb

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@verb(
    "cost",
    Argument("task", required=False, completes="task"),
    Option(
        "--by",
        "Told by task, agent, model or day.",
        default="task",
        choices=("task", "agent", "model", "day"),
    ),
    Option("--since", "Only what began so long ago: 2h, 7d.", metavar="DURATION"),
    PROJECT,
    JSON,
    aliases=("task cost",),
)
def cost(
    *, task: str | None, by: str, since: str | None, project: str | None, as_json: bool
) -> None:
    """Tell what was spent in money, tokens and time, and how far the caps are."""
    began = time.time() - _seconds(since) if since else 0.0
    found: Row = call("cost.show", task=task, by=by, since=began, **scope(project))
    if as_json:
        print_json(found)
        return
    if not found["lines"]:
        print("nothing was spent yet")
        return
    rows = [_row(line) for line in (*found["lines"], found["total"])]
    print(table((by.upper(), "ATTEMPTS", "INPUT", "CACHED", "OUTPUT", "COST", "TIME", ""), rows))
    total = found["total"]
    for count, words in (
        (total["unmeasured"], "reported nothing: what they used is not in the sums"),
        (total["unpriced"], "have no price: set `price` in their agent's profile"),
    ):
        if count:
            print(style(f"{count} of {total['attempts']} attempts {words}", "yellow"))
    for name, cap in found["caps"].items():
        print(style(f"caps.{name} = {cap:g}", "dim"))


def _row(line: Row) -> list[str]:
    return [
        line["name"],
        str(line["attempts"]),
        f"{line['input_tokens']:,}",
        f"{line['cached_tokens']:,}",
        f"{line['output_tokens']:,}",
        f"${line['cost']:.4f}",
        age(line["seconds"]),
        line["title"],
    ]


def _seconds(text: str) -> float:
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _UNITS:
        raise Failed(f"{text!r} is no duration: write 30m, 2h or 7d")
    return int(number) * _UNITS[unit]
