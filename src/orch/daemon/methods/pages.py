"""Writes the pages of the docs that describe the wire: the OpenRPC document and the shapes."""

import dataclasses
import inspect
import json
from types import ModuleType
from typing import Any, get_args, get_origin

from orch import __version__
from orch.daemon.methods.all import METHODS
from orch.wire.openrpc import document
from orch.wire.shapes import (
    audit,
    judgements,
    landings,
    overview,
    personal,
    places,
    settings,
    tasks,
)

_HEAD = """\
# What `--json` prints

Generated from `orch.wire.shapes` by `make docs`. These shapes are a promise: fields are added,
never renamed or removed. The same shapes travel over the socket; `rpc.discover` and
[openrpc.json](openrpc.json) say which method answers with which.

* Times are seconds since the epoch; `null` stands for what has not happened.
* Verbs that list print one array: `queue`, `receipts`, `events`, `inbox`, `workers`, `landings`,
  `plan`, `task list`, `task history`, `saved list`, `project list`, `agents`, `gc`, `audit`,
  `hooks`, `skill`.
* Verbs about one thing print one object: `status`, `doctor`, `task show`, `add`, `wait`, …
* What goes on for ever prints one object a line: `events -f`, `audit -f`, `logs`, `stream`.
* `status` has `installed` beside it, the version of the command line; `daemon status` has
  `running`, `installed` and `drift`; `daemon start` and `daemon restart` have `started`, too.

"""

_VERBS = {
    "Added": "`add`, `assign`, `spawn`, `new`",
    "TaskDetail": "`task show`",
    "TaskShape": "`task list`, and the verbs that move a task on",
    "TreeShape": "`task tree`",
    "DiffShape": "`task diff`",
    "WaitShape": "`wait`",
    "WorkerShape": "`workers`",
    "PlannedShape": "`plan --parallel`",
    "QueueItem": "`queue`",
    "LandingShape": "`enqueue`, `merge`, `undo`, `queue cancel`, `queue promote`, `landings`",
    "ReceiptShape": "`receipts`",
    "EventShape": "`events`, `task history`",
    "InboxEntry": "`inbox`",
    "DoctorShape": "`doctor`",
    "StatusShape": "`status`",
    "DaemonShape": "`daemon status`, `daemon start`, `daemon restart`",
    "EndedShape": "`daemon stop`",
    "ServiceShape": "`daemon install`, `daemon uninstall`",
    "Done": "`daemon reload`, `project remove`, `project pause`, `project resume`, `config set`",
    "LineShape": "`logs`, `stream`",
    "ProjectShape": "`project list`",
    "WorkspaceShape": "`path`",
    "RemovalShape": "`gc`",
    "SavedShape": "`saved list`",
    "Restored": "`saved restore`",
    "AgentShape": "`agents`",
    "SettingsShape": "`config show`",
    "SettingShape": "`config get`",
    "TrustShape": "`trust`",
    "InitShape": "`init`",
    "HookShape": "`hooks install`, `hooks uninstall`, `hooks status`",
    "SkillShape": "`skill install`, `skill uninstall`, `skill list`",
    "AuditShape": "`audit`",
    "AuditedShape": "`audit verify`",
}


def render_openrpc() -> str:
    """Render the document that `rpc.discover` serves, as a page."""
    return json.dumps(document(METHODS.values(), version=__version__), indent=1) + "\n"


def render_shapes() -> str:
    """Render the shapes of `--json`, each with its fields."""
    parts = [_HEAD]
    for module in (tasks, judgements, landings, overview, places, settings, personal, audit):
        title = (module.__doc__ or "").partition(":")[2].strip().rstrip(".")
        parts.append(f"## {title[:1].upper()}{title[1:]}\n\n")
        parts += [_shape(kind) for kind in _shapes_of(module)]
    return "".join(parts).rstrip() + "\n"


def _shapes_of(module: ModuleType) -> list[type]:
    return [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind)
        and kind.__module__ == module.__name__
        and dataclasses.is_dataclass(kind)
    ]


def _shape(kind: type) -> str:
    told = " ".join((inspect.getdoc(kind) or "").split())
    verbs = f" Printed by {_VERBS[kind.__name__]}." if kind.__name__ in _VERBS else ""
    rows = [f"| `{field.name}` | {_kind(field.type)} |" for field in dataclasses.fields(kind)]
    head = f"### {kind.__name__}\n\n{told}{verbs}\n\n| field | kind |\n|---|---|\n"
    return head + "\n".join(rows) + "\n\n"


_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", object: "any"}


def _kind(kind: Any) -> str:  # noqa: ANN401 - an annotation may be anything
    """Write an annotation as JSON people say it."""
    args = get_args(kind)
    if type(None) in args:
        return f"{_kind(next(a for a in args if a is not type(None)))}, or null"
    if get_origin(kind) is tuple:
        return f"list of {_kind(args[0])}"
    if get_origin(kind) is dict:
        return f"object of {_kind(args[1])} by name"
    if isinstance(kind, str):
        return f"[{kind}](#{kind.lower()})"
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    return _KINDS.get(kind, str(kind))
