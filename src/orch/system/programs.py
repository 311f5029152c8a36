"""Which programs this machine has, as a shell would find them."""

import shutil
from pathlib import Path

_OF_THE_SHELL = frozenset(
    [
        ".",
        ":",
        "[",
        "alias",
        "bg",
        "break",
        "case",
        "cd",
        "command",
        "continue",
        "eval",
        "exec",
        "exit",
        "export",
        "false",
        "fg",
        "for",
        "getopts",
        "if",
        "jobs",
        "local",
        "printf",
        "pwd",
        "read",
        "return",
        "set",
        "shift",
        "test",
        "times",
        "trap",
        "true",
        "type",
        "ulimit",
        "umask",
        "unset",
        "until",
        "wait",
        "while",
        "{",
        "(",
        "!",
    ]
)
"""Words that sh knows by itself."""


def has_program(name: str, *, cwd: str = ".") -> bool:
    """Tell whether `sh` in folder `cwd` would find a command of this name."""
    if name in _OF_THE_SHELL:
        return True
    if "/" in name:
        return shutil.which(str(Path(cwd, name))) is not None
    return shutil.which(name) is not None
