"""Verbs of the audit log: show it, verify it."""

import sys

from orch.cli.client import Row, call, follow
from orch.cli.exits import FAILED, OK, Failed
from orch.cli.render import clock, print_json, print_json_line
from orch.cli.text import one_line, style
from orch.cli.verbs import JSON, Option, flag, verb
from orch.wire.codes import WireError


@verb(
    "audit",
    Option("--lines -n", "How many of the newest.", kind="int", metavar="N", default=50),
    flag("--follow -f", "Go on as more comes.", dest="on"),
    JSON,
)
def audit(*, lines: int, on: bool, as_json: bool) -> None:
    """Show every command that changed something: who gave it, and what became of it.

    `--json` prints one array; together with --follow, one object a line.
    """
    found: list[Row] = call("audit.list", limit=lines)
    if as_json and not on:
        print_json(found)
        return
    for entry in found:
        _print(entry, as_json=as_json)
    if not on:
        return
    after = found[-1]["seq"] if found else 0
    try:
        for news in follow("audit.follow", after=after):
            _print(news["entry"], as_json=as_json)
    except WireError as error:
        raise Failed(error.message, then="orch audit -f") from error


@verb(
    "audit verify",
    Option("--head", "A head that you noted before; it has to be in the chain.", default=""),
    JSON,
)
def verify(*, head: str, as_json: bool) -> int:
    """Walk the chain of the audit log; exits with 1 if it was edited, cut or reordered.

    Note the head that it prints somewhere else: with --head, a log that was written anew as a
    whole is found out too.
    """
    found: Row = call("audit.verify", head=head)
    if as_json:
        print_json(found)
    elif found["ok"]:
        print(f"{style('whole', 'green')}  {found['entries']} entries, head {found['head']}")
        for path in found["torn"]:
            print(f"a crash left half an entry: {one_line(path)}")
    else:
        where = f"{found['file']} line {found['line']}" if found["line"] else found["file"]
        print(f"{style('broken', 'red')}  {one_line(where)}: {one_line(found['why'])}")
        print(f"{found['entries']} entries before it hold")
    return OK if found["ok"] else FAILED


_EMPTY: tuple[object, ...] = (None, "", False, [], {})
_SURROUNDINGS = ("cwd", "search")
"""What every command line sends along; `--json` shows it."""


def _print(entry: Row, *, as_json: bool) -> None:
    if as_json:
        print_json_line(entry)
        return
    outcome = "" if entry["outcome"] == "ok" else style(f"  {entry['outcome']}", "red")
    params = " ".join(
        f"{name}={_word(value)}"
        for name, value in sorted(entry["params"].items())
        if value not in _EMPTY and name not in _SURROUNDINGS
    )
    who = style(f"{entry['actor']}[{entry['pid']}]", "cyan")
    head = f"{entry['seq']:>6}  {style(clock(entry['at']), 'dim')}  {who}  {entry['method']}"
    print(f"{head}  {one_line(params)}".rstrip() + outcome)
    sys.stdout.flush()


def _word(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text) if " " in text else text
