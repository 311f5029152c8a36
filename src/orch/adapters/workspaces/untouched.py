"""Finds the conflicts of a merge that nobody has looked at, where the files don't show it."""

import asyncio
from pathlib import Path
from typing import Final

from orch.system.git import Git, split_z

_MARKER: Final = b">>>>>>> "


async def list_untouched(git: Git, folder: Path) -> list[str]:
    """List the conflicts that are neither settled nor changed since git left them unmarked.

    That is how git leaves a file that one side has removed, or that is no text.
    """
    listed = split_z(await git.raw("ls-files", "--unmerged", "-z"))
    paths = sorted({line.partition("\t")[2] for line in listed})
    silent = await asyncio.to_thread(lambda: [path for path in paths if _is_silent(folder / path)])
    return [path for path in silent if await _is_as_left(git, folder, path=path)]


def _is_silent(place: Path) -> bool:
    """Tell whether something lies there in which no marker tells of the conflict."""
    if not place.is_file() or place.is_symlink():
        return place.exists() or place.is_symlink()
    content = place.read_bytes()
    return not (content.startswith(_MARKER) or b"\n" + _MARKER in content)


async def _is_as_left(git: Git, folder: Path, *, path: str) -> bool:
    """Compare with what the merge made of it; where that can't be known, it has to be settled."""
    left = (await git.run("rev-parse", "--verify", "--quiet", f"AUTO_MERGE:{path}")).text
    now = await git.run("hash-object", "--", str(folder / path))
    return not left or now.exit_code != 0 or now.text == left
