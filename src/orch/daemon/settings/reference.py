"""Writes the page about the configuration from the schema, so that the two can't differ."""

from orch.daemon.settings.environment import variable
from orch.daemon.settings.key import NAME, Key, Table
from orch.daemon.settings.later import KEYS, TABLES, VALUES
from orch.daemon.settings.schema import SCHEMA
from orch.daemon.settings.schema import TABLES as OWN_TABLES

INTRODUCTION = """# Configuration

<!-- Written by `make docs` from src/orch/daemon/settings; changes belong there. -->

## Layers

Each key is looked up in this order; the last one that has it counts, key by key:

1. the default of this page,
2. `$ORCH_HOME/config.toml` (usually `~/.orch/config.toml`): for all projects of this machine,
3. `.orch/config.toml` in the project: written by `orch init`, best committed,
4. a variable of the daemon's environment: `ORCH_<TABLE>_<KEY>`, such as `ORCH_LANDING_MODE=manual`;
   an empty one counts as not set, and `ORCH_AGENTS_<NAME>_<KEY>` changes a profile of the files,
5. a flag: `--set landing.mode=manual`.

`orch config show --origin` prints what is in force and where each value is from;
`orch config get KEY` prints one value, `orch config set KEY VALUE` changes the project's file and
`orch config set --global KEY VALUE` the machine's. Comments stay.

A changed file counts at once, without a restart. If it is wrong, the last good one stays in force,
and `orch status` and `orch doctor` say what is wrong, with file and line. An unknown key, a key
without effect and a key of a later version are errors: nothing is ignored in silence.

## Whose commands run

The gate, the scope and the landing rules are read from the file in your own checkout (in a bare
repository: from its default branch), never from the work of an agent. Commands that arrive with
other people's commits run only after `orch trust`, which shows the file first. What you wrote
or committed in this checkout needs no question, nor does `orch init --yes`.
[Decision 0010](decisions/0010-config-trust.md) has the rules.

## An example

```toml
[landing]
base_branch = "main"
quality_gate = "make test"

[agents.fixer]
start_command = "sh fix.sh"
idle_timeout = "30s"
stuck_timeout = "5m"

[workspace]
setup = "uv sync"
copy = [".env"]
warm = 2
```
"""

LATER = """## Not yet

These are names of later versions. They are refused, with what works instead:

| name | instead |
|---|---|
"""


def render_config_reference() -> str:
    """Return docs/config.md: every table and key, and the names that are refused."""
    tables = [_render_table(table) for table in OWN_TABLES]
    return "\n".join([INTRODUCTION, *tables, LATER + _render_later()])


def _render_table(table: Table) -> str:
    """Write a table's heading and a row for each of its keys."""
    heading = f"`[{table.path}]`" if table.path else "The top of the file"
    where = " Only in `$ORCH_HOME/config.toml`." if table.host_only else ""
    keys = [key for key in SCHEMA.values() if key.table == table.path]
    rows = "".join(_render_key(key) for key in keys)
    head = "| key | takes | default | example |\n|---|---|---|---|\n"
    meanings = "".join(f"- `{key.name}`: {key.doc}\n" for key in keys)
    return f"## {heading}\n\n{table.doc}{where}\n\n{head}{rows}\n{meanings}"


def _render_key(key: Key) -> str:
    name = key.name if NAME in key.path else f"{key.name}` <br> `{variable(_path(key))}"
    example = key.example.replace("|", "\\|")
    return f"| `{name}` | {key.kind.expected} | {_default(key)} | `{example}` |\n"


def _path(key: Key) -> tuple[str, ...]:
    return tuple(key.path.split("."))


def _default(key: Key) -> str:
    shown = key.kind.show(key.default)
    return "none" if shown in ("", '""', "[]", "{}") else f"`{shown}`"


def _render_later() -> str:
    names = [
        *KEYS.items(),
        *((f'{key} = "{value}"', instead) for (key, value), instead in VALUES.items()),
        *((f"[{table}]", instead) for table, instead in TABLES.items()),
    ]
    return "".join(f"| `{name}` | {instead} |\n" for name, instead in names)
