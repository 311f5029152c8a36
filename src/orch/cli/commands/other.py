"""Verbs beside the work: version, completions, the store, the demo."""

import sys

from orch import __version__
from orch.cli.client import running_version
from orch.cli.render import print_json
from orch.cli.verbs import JSON, YES, Argument, Option, flag, verb


@verb("version", JSON)
def version(*, as_json: bool) -> None:
    """Show which version is installed, and which one the daemon runs."""
    running = running_version()
    if as_json:
        print_json({"installed": __version__, "running": running})
    else:
        print(f"orch {__version__}")
        if running not in {None, __version__}:
            print(f"the daemon runs {running}; next: orch daemon restart")


@verb("completions", Argument("shell", metavar="bash|zsh|fish"))
def completions(*, shell: str) -> None:
    """Print what your shell has to read to complete verbs, tasks and projects.

    \b
    bash: eval "$(orch completions bash)"       in ~/.bashrc
    zsh:  eval "$(orch completions zsh)"        in ~/.zshrc
    fish: orch completions fish | source        in ~/.config/fish/config.fish
    """  # noqa: D301 - the b tells click to keep the lines as they are
    from orch.cli.app import completion_script

    print(completion_script(shell))


@verb(
    "state migrate",
    Argument("source", metavar="FROM"),
    Argument("target", metavar="TO"),
    YES,
)
def migrate(*, source: str, target: str, yes: bool) -> int:
    """Copy all tasks and all history from one database to another, and compare the counts.

    FROM and TO are `sqlite` (the database in $ORCH_HOME), `postgres` (the one that state.dsn
    names), a file, or a postgresql:// address. The daemon must be stopped; TO must be empty; FROM
    stays as it is.
    """
    import subprocess

    from orch.cli.client import connect_running
    from orch.cli.confirm import confirm
    from orch.cli.exits import Failed

    running = connect_running()
    if running is not None:
        running.close()
        raise Failed("the daemon writes to the database", then="orch daemon stop")
    again = f"orch state migrate {source} {target} --yes"
    confirm(f"everything of {source} is copied to {target}", yes=yes, again=again)
    argv = [sys.executable, "-P", "-m", "orch.daemon.migrate", source, target]
    return subprocess.run(argv, check=False).returncode


@verb(
    "demo",
    Option("--seed", "Another number, other faults in another order.", kind="int", default=1),
    flag("--keep", "Leave the repository and the daemon there, to explore them."),
)
def demo(*, seed: int, keep: bool) -> int:
    """Watch three agents mend four faults of a small repository at once; nothing of yours is used.

    Exits with 1 if its main branch is not green at the end, or a promise does not hold.
    """
    from orch.cli.demo.run import demo as play

    return play(seed=seed, keep=keep)
