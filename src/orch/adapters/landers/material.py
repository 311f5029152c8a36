"""Shows a conflict to who shall resolve it: for each file both sides, and what they began from."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Final

from orch.adapters.landers.clashes import BASE, OURS, THEIRS, Clash, Clashed
from orch.core.text import plain
from orch.system.git import Git

_FILES: Final = 8
_FILE_CHARS: Final = 2_500
_TOTAL_CHARS: Final = 7_000
_AROUND: Final = 3
_BINARY_BYTES: Final = 8_000
_WORDS: Final = {BASE: "before both", THEIRS: "your change"}


async def describe(git: Git, clashed: Clashed, *, onto: str, target: str) -> str:
    """Show the conflicting parts of each file, bounded: the target's side, the base, the change."""
    words = {**_WORDS, OURS: f"{target}, {onto[:12]}"}
    parts, room = list[str](), _TOTAL_CHARS
    shown = clashed.clashes[:_FILES]
    for one in shown:
        text = (await _show(git, one, words=words))[: min(room, _FILE_CHARS)]
        room -= len(text)
        parts += [f"{one.path}:\n{text}"] if text else []
    left = len(clashed.clashes) - len(parts)
    return "\n\n".join([*parts, f"and {left} more files"] if left else parts)


async def _show(git: Git, one: Clash, *, words: dict[str, str]) -> str:
    if not one.is_text:
        missing = [words[s] for s in (BASE, OURS, THEIRS) if s not in one.stages]
        there = f"; not there in: {', '.join(missing)}" if missing else ""
        return f"(no lines to compare{there})"
    texts = {s: await _blob(git, one.blob(s)) for s in (OURS, BASE, THEIRS)}
    if any(b"\0" in text[:_BINARY_BYTES] for text in texts.values()):
        return "(binary)"
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="orch-sides-"))
    try:
        for stage, text in texts.items():
            (folder / stage).write_bytes(text)
        labels = [part for s in (OURS, BASE, THEIRS) for part in ("-L", words[s])]
        # A folder without a repository: no configuration has a say.
        alone = Git(folder, git_dir=folder / "none")
        merged = await alone.run("merge-file", "-p", "--diff3", *labels, OURS, BASE, THEIRS)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return excerpt(merged.stdout.decode("utf-8", "replace"))


async def _blob(git: Git, name: str | None) -> bytes:
    return b"" if name is None else await git.raw("cat-file", "blob", name)


def excerpt(merged: str) -> str:
    """Cut the conflicts out of a merged file, with a few lines around each."""
    lines = plain(merged).split("\n")
    kept, inside = set[int](), False
    for at, line in enumerate(lines):
        begins, ends = line.startswith("<<<<<<< "), line.startswith(">>>>>>> ")
        inside = inside or begins
        if inside:
            kept |= {at}
        if begins or ends:
            kept |= set(range(at - _AROUND, at + _AROUND + 1)) & set(range(len(lines)))
        inside = inside and not ends
    out, before = list[str](), -1
    for at in sorted(kept):
        out += [f"@@ line {at + 1} @@"] if at != before + 1 else []
        out.append(lines[at])
        before = at
    return "\n".join(out)
