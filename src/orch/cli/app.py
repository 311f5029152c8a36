"""Builds the click commands from the verbs, for help, completion and precise complaints."""

import difflib
import os
import re
from collections.abc import MutableMapping
from typing import Any

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from orch.cli.completion import complete_projects, complete_tasks
from orch.cli.exits import USAGE, Failed, UsageError
from orch.cli.registry import NOT_YET, SECTIONS, load_all
from orch.cli.verbs import Argument, Option, Verb

COMPLETE = "_ORCH_COMPLETE"
"""The variable by which a shell asks for completions."""

_TYPES = {"int": click.INT, "float": click.FLOAT}
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Branch(click.Group):
    """A group whose help is sorted into sections, and that knows the verbs of later versions."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands; the top level writes them section by section."""
        if ctx.parent is not None:
            super().format_commands(ctx, formatter)
            return
        limit = formatter.width - 6 - max(len(name) for name in self.commands)
        for title, names in SECTIONS:
            found = [(name, self.commands[name]) for name in names if name in self.commands]
            rows = [(name, command.get_short_help_str(limit)) for name, command in found]
            with formatter.section(title):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one of a later version is refused in its own words."""
        prefix = f"{ctx.info_name} " if ctx.parent is not None else ""
        name = f"{prefix}{args[0]}"
        if args[0] not in self.commands and name in NOT_YET:
            raise Failed(
                f"`orch {name}` is not there yet: {NOT_YET[name]} will come in a later version",
                then="orch --help",
                code=USAGE,
            )
        if args[0] not in self.commands and not args[0].startswith("-"):
            raise UsageError(
                f"there is no verb `{prefix}{args[0]}`", then=self._nearest(args[0], prefix)
            )
        return super().resolve_command(ctx, args)

    def _nearest(self, name: str, prefix: str) -> str:
        close = difflib.get_close_matches(name, self.commands, n=1)
        return f"orch {prefix}{close[0]}" if close else f"orch {prefix}--help"


def run_click(argv: list[str]) -> int:
    """Run a command line through click; returns the exit code."""
    if COMPLETE in os.environ:
        build().main(argv, prog_name="orch", complete_var=COMPLETE)
    try:
        result = build().main(argv, prog_name="orch", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    return result if isinstance(result, int) else 0


def build() -> click.Group:
    """Build the whole tree of commands."""
    root = Branch(
        "orch",
        help="Run coding agents in parallel and land their work, with nothing lost.",
        epilog="`orch COMMAND --help` explains a command. Start with `orch init` in a repository.",
        context_settings=_SETTINGS,
        no_args_is_help=True,
    )
    root.params.append(_version_option())
    for verb in load_all():
        for path in (verb.path, *verb.aliases):
            _hang(root, path, command=command_of(verb, path))
    return root


def completion_script(shell: str) -> str:
    """Return what a shell has to read so that it completes orch's verbs, tasks and projects."""
    kind = get_completion_class(shell)
    if kind is None:
        raise Failed(f"there are no completions for {shell}", then="orch completions bash")
    # ShellComplete.source: bash's own would start a bash only to ask for its version.
    return ShellComplete.source(kind(build(), {}, "orch", COMPLETE))


def command_of(verb: Verb, path: str) -> click.Command:
    """Make the click command of a verb."""
    rest = any(argument.rest for argument in verb.arguments)
    settings: dict[str, Any] = {"ignore_unknown_options": True} if rest else {}
    if rest:
        settings["allow_interspersed_args"] = False
    return click.Command(
        path.rpartition(" ")[2],
        callback=verb.body,
        params=[
            *(_argument(argument) for argument in verb.arguments),
            *(_option(option) for option in verb.options),
        ],
        help=verb.help,
        short_help=re.split(r"[.;:](?:\s|$)", verb.help, maxsplit=1)[0],
        context_settings=settings,
        hidden=verb.hidden or path != verb.path,
    )


def _hang(root: click.Group, path: str, *, command: click.Command) -> None:
    branch = root
    *groups, name = path.split()
    for group in groups:
        found = branch.commands.get(group)
        if not isinstance(found, click.Group):
            found = _group_of(group, alone=found)
            branch.add_command(found)
        branch = found
    there = branch.commands.get(name)
    if isinstance(there, click.Group):
        command = _group_of(name, alone=command, commands=there.commands)
    branch.add_command(command, name)


def _group_of(
    name: str,
    *,
    alone: click.Command | None,
    commands: MutableMapping[str, click.Command] | None = None,
) -> Branch:
    """Make a group; `alone` is the verb that its name is by itself (`orch queue`)."""
    if alone is None:
        group = Branch(name, help=_GROUPS.get(name, ""), no_args_is_help=True)
        group.hidden = name not in _GROUPS
        return group

    def body(**values: Any) -> int | None:  # noqa: ANN401 - what the verb's options give
        if click.get_current_context().invoked_subcommand is not None or alone.callback is None:
            return None
        found: int | None = alone.callback(**values)
        return found

    return Branch(
        name,
        callback=body,
        params=alone.params,
        help=alone.help,
        short_help=alone.short_help,
        invoke_without_command=True,
        commands=commands,
    )


_GROUPS = {
    "config": "Read and change settings.",
    "daemon": "Start, stop and look at the daemon.",
    "hooks": "Let your own agents tell orch what they do, in sessions you start yourself.",
    "project": "The repositories that orch looks after.",
    "saved": "Work that was kept before something was removed.",
    "session": "The agent's own conversation of a task.",
    "skill": "Teach your agents to lead others through orch.",
    "state": "The store of tasks and history.",
    "task": "Everything about tasks.",
}


def _option(option: Option) -> click.Option:
    kind: Any = click.Choice(option.choices) if option.choices else _TYPES.get(option.kind)
    return click.Option(
        [*option.names, option.dest],
        help=option.help,
        is_flag=option.kind == "flag",
        multiple=option.kind == "texts",
        type=None if option.kind == "flag" else kind,
        default=None if option.kind == "texts" else option.default,
        metavar=None if option.kind == "flag" or option.choices else option.metavar,
        shell_complete=_complete("project") if option.dest == "project" else None,
    )


def _argument(argument: Argument) -> click.Argument:
    return click.Argument(
        [argument.dest],
        nargs=-1 if argument.many else 1,
        required=argument.required,
        metavar=argument.metavar + ("..." if argument.many else ""),
        type=click.UNPROCESSED if argument.rest else None,
        shell_complete=_complete(argument.completes) if argument.completes else None,
    )


def _complete(what: str) -> Any:  # noqa: ANN401 - click's own type for it is a union of callables
    source = {"task": complete_tasks, "project": complete_projects}[what]

    def complete(*given: Any) -> list[CompletionItem]:  # noqa: ANN401 - context, parameter, text
        return [CompletionItem(value, help=text) for value, text in source(given[-1])]

    return complete


def _version_option() -> click.Option:
    def show(*given: Any) -> None:  # noqa: ANN401 - context, parameter, value
        if given[-1]:
            from orch import __version__

            click.echo(f"orch {__version__}")
            given[0].exit()

    return click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show,
        help="Show the version and exit.",
    )  # fmt: skip
