"""Keeps `.orch/` out of git, the configuration aside, without touching the project's .gitignore."""

from pathlib import Path

from orch.daemon.settings.edit import replace_file

LINES = ("/.orch/*", "!/.orch/config.toml")
COMMENT = "# What orch writes here stays out of git; its configuration may be committed."


def exclude_file(common: Path) -> Path:
    """Return the file that all worktrees of a repository share."""
    return common / "info" / "exclude"


def missing_excludes(common: Path) -> tuple[str, ...]:
    """List the lines that the file lacks."""
    return tuple(line for line in LINES if line.encode() not in _read(common).splitlines())


def add_excludes(common: Path) -> bytes | None:
    """Add the lines that are missing; return what stood there before (None: no file)."""
    file = exclude_file(common)
    before = _read(common)
    existed = file.exists()
    start = before if not before or before.endswith(b"\n") else before + b"\n"
    added = "\n".join([COMMENT, *LINES]) + "\n"
    replace_file(file, start + added.encode())
    return before if existed else None


def restore_excludes(common: Path, before: bytes | None) -> None:
    """Put back what stood there before."""
    file = exclude_file(common)
    if before is None:
        file.unlink(missing_ok=True)
    else:
        replace_file(file, before)


def _read(common: Path) -> bytes:
    try:
        return exclude_file(common).read_bytes()
    except OSError:
        return b""
