"""Verbs of projects: init, project list/add/remove/pause/resume, trust, agents."""

import os
import sys

from orch.cli.client import Row, call, scope
from orch.cli.confirm import confirm
from orch.cli.exits import Failed
from orch.cli.progress import working
from orch.cli.render import print_done, print_json
from orch.cli.tables import table
from orch.cli.text import one_line, plain, style
from orch.cli.verbs import JSON, PROJECT, YES, Argument, Option, flag, verb

PATH = Argument("path", required=False)
NAME = Argument("name", metavar="PROJECT", required=False, completes="project")
SETUP = (
    PATH,
    flag("--git", "Make the folder a repository first, with a first commit."),
    Option("--repo", "Land on this repository: an address, or owner/name.", default=""),
    Option("--name", "What to call the project; the folder's name if not given.", default=""),
    YES,
    JSON,
)


@verb("init", *SETUP)
def init(*, path: str | None, git: bool, repo: str, name: str, yes: bool, as_json: bool) -> None:
    """Set up a repository: writes a commented .orch/config.toml and registers the project.

    It finds the default branch, the commands that test and lint, and the agents that are
    installed. Without --yes it shows what it would do and asks. It works without any remote.
    """
    _set_up(_order(path, git=git, repo=repo, name=name), yes=yes, as_json=as_json)


@verb("project add", *SETUP)
def add(*, path: str | None, git: bool, repo: str, name: str, yes: bool, as_json: bool) -> None:
    """Set up a repository; the same as `orch init`."""
    _set_up(_order(path, git=git, repo=repo, name=name), yes=yes, as_json=as_json)


def _order(path: str | None, **asked: object) -> Row:
    folder = os.path.abspath(os.path.expanduser(path or "."))  # noqa: PTH100, PTH111
    return {"path": folder, "search": os.environ.get("PATH"), **asked}


def _set_up(order: Row, *, yes: bool, as_json: bool) -> None:
    with working("looking at the repository"):
        plan: Row = call("project.plan", **order)
    if plan["problems"]:
        raise _refusal(plan)
    asks = plan["steps"] or plan["config"]
    if asks and not yes:
        if sys.stdin.isatty() and not as_json:
            _present(plan)
        flags = " --git" if order["git"] else ""
        confirm("this sets the repository up", yes=False, again=f"orch init --yes{flags}")
    with working("setting up"):
        done: Row = call("project.add", **order, seen=plan["digest"])
    if as_json:
        print_json(done)
        return
    for step in done["did"] or ["all was there already"]:
        print(f"{style('✓', 'green')} {one_line(step)}")
    for note in done["notes"]:
        print(f"note: {one_line(note)}")
    print(f"project {done['project']['name']} ({done['project']['id']})")
    print('next: orch add "what is to be done"')


def _refusal(plan: Row) -> Failed:
    said = "\n".join(f"{one['where']}: {one['what']}" for one in plan["problems"])
    return Failed(said, then=plan["problems"][0]["remedy"])


def _present(plan: Row) -> None:
    for step in plan["steps"]:
        print(f"  {one_line(step)}")
    if plan["agents"]:
        print(f"  agents found: {one_line(', '.join(plan['agents']))}")
    for note in plan["notes"]:
        print(f"  note: {one_line(note)}")
    if plan["config"]:
        whose = "would be written" if plan["writes"] else "is there, and its commands would run"
        print(style(f"\n.orch/config.toml {whose}:\n", "dim"))
        print(plain(plan["config"]))


@verb("project list", JSON)
def list_(*, as_json: bool) -> None:
    """List the repositories that orch looks after."""
    found: list[Row] = call("project.list")
    if as_json:
        print_json(found)
        return
    rows = [
        [
            one["id"],
            one["name"] + _paused(one),
            one["path"],
            one["remote"] or "",
            _counts(one["tasks"]),
        ]
        for one in found
    ]
    print(table(("ID", "NAME", "PATH", "REMOTE", "TASKS"), rows) or "no project; next: orch init")


def _paused(project: Row) -> str:
    why = f": {one_line(project['paused_why'])}" if project["paused_why"] else ""
    return f" (paused{why})" if project["paused"] else ""


def _counts(tasks: dict[str, int]) -> str:
    return ", ".join(f"{number} {status.replace('_', ' ')}" for status, number in tasks.items())


@verb(
    "project remove",
    Argument("name", metavar="PROJECT", completes="project"),
    flag("--force", "Even if tasks of it wait."),
    YES,
    JSON,
)
def remove(*, name: str, force: bool, yes: bool, as_json: bool) -> None:
    """Forget a project; its tasks, its history and orch's repository of it stay."""
    again = f"orch project remove {name} --yes"
    confirm(f"{name} will be forgotten; its history stays", yes=yes, again=again)
    done: Row = call("project.remove", project=name, force=force, cwd=scope()["cwd"])
    print_done(done, as_json=as_json)


@verb("project pause", NAME, JSON)
def pause(*, name: str | None, as_json: bool) -> None:
    """Start nothing new in a project; what runs goes on."""
    print_done(call("project.pause", **scope(name)), as_json=as_json)


@verb("project resume", NAME, JSON)
def resume(*, name: str | None, as_json: bool) -> None:
    """Let a paused project's tasks start again."""
    print_done(call("project.resume", **scope(name)), as_json=as_json)


@verb("trust", PROJECT, YES, JSON)
def trust(*, project: str | None, yes: bool, as_json: bool) -> None:
    """Look at a project's configuration and let its commands run.

    Asked once for each content of the file, unless you wrote it yourself in this checkout.
    """
    found: Row = call("trust.show", **scope(project))
    if as_json and not yes:
        print_json(found)
        return
    if found["trusted"]:
        if as_json:
            print_json(found)
        else:
            print(f"{found['source']} is trusted: {one_line(found['why'])}")
        return
    if not as_json:
        print(plain(found["text"]) or "(the configuration is gone)")
        print(style(f"{found['source']}: {one_line(found['why'])}", "dim"))
    confirm("the commands above will run", yes=yes, again="orch trust --yes")
    done: Row = call("trust.approve", seen=found["digest"], **scope(project))
    if as_json:
        print_json(found | {"trusted": True, "why": done["what"]})
    else:
        print(one_line(done["what"]))


@verb("agents", PROJECT, JSON)
def agents(*, project: str | None, as_json: bool) -> None:
    """List the agents of the configuration, and the agent programs that are installed."""
    with working("asking the programs"):
        found: list[Row] = call("agents.list", search=os.environ.get("PATH"), **scope(project))
    if as_json:
        print_json(found)
        return
    rows = [
        [
            one["name"],
            one["adapter"] or "(no profile)",
            one["program"],
            one["version"] or ("found" if one["path"] else "missing"),
            ", ".join(one["modes"]),
            ", ".join(one["can"]),
            one["signed_in"] or "not seen",
            ", ".join(one["used_by"]),
        ]
        for one in found
    ]
    head = ("NAME", "ADAPTER", "PROGRAM", "VERSION", "MODES", "CAN", "SIGNED IN", "PROJECTS")
    print(table(head, rows) if rows else "no agent is configured, and none was found on PATH")
    for one in found:
        if one["used_by"] and one["remedy"]:
            print(style(f"{one['name']}: {one_line(one['remedy'])}", "yellow"))
