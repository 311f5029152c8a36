"""Verbs of settings: config get, set, show."""

from orch.cli.client import Row, call, scope
from orch.cli.exits import FAILED, OK
from orch.cli.render import print_done, print_json
from orch.cli.tables import table
from orch.cli.text import one_line, style
from orch.cli.verbs import JSON, PROJECT, Argument, flag, verb

HOST = flag("--global -g", "The machine's own settings ($ORCH_HOME/config.toml).", dest="host")


@verb("config get", Argument("key"), HOST, PROJECT, JSON)
def get(*, key: str, host: bool, project: str | None, as_json: bool) -> None:
    """Print one setting that is in force: `orch config get landing.base_branch`."""
    found: Row = call("config.get", key=key, host=host, **scope(project))
    if as_json:
        print_json(found)
        return
    value = found["value"]
    print(value if isinstance(value, str) else found["shown"])


@verb("config set", Argument("key"), Argument("value"), HOST, PROJECT, JSON)
def set_(*, key: str, value: str, host: bool, project: str | None, as_json: bool) -> None:
    """Change a setting in .orch/config.toml; comments and order stay.

    Nothing is written if the result would not be good. A list is written as TOML: '["a", "b"]'.
    """
    done: Row = call("config.set", changes={key: value}, host=host, **scope(project))
    print_done(done, as_json=as_json)


@verb("config show", flag("--origin", "Say where each value is from."), HOST, PROJECT, JSON)
def show(*, origin: bool, host: bool, project: str | None, as_json: bool) -> int:
    """Show all settings in force; exits with 1 if what is written is not what holds."""
    found: Row = call("config.show", host=host, **scope(project))
    if as_json:
        print_json(found)
        return OK if found["current"] else FAILED
    rows = [[one["key"], one["shown"], _origin(one) if origin else ""] for one in found["settings"]]
    print(table(("KEY", "VALUE", "FROM"), rows))
    for problem in found["problems"]:
        print(style(f"{problem['where']}: {one_line(problem['what'])}", "yellow"))
        print(f"next: {one_line(problem['remedy'])}" if problem["remedy"] else "")
    return OK if found["current"] else FAILED


def _origin(setting: Row) -> str:
    line = setting["line"]
    return f"{setting['origin']}:{line}" if line else str(setting["origin"])
