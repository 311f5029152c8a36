"""Which files of a tree a gate's commands name: they decide what a pass is worth."""

import posixpath
import re
import shlex
from collections.abc import Collection, Iterator, Sequence

_SPLIT = re.compile(r"[;&|()<>\n`]+|\$\(")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")

BEHIND: dict[str, tuple[str, ...]] = {
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "gmake": ("GNUmakefile", "makefile", "Makefile"),
    "just": ("justfile", "Justfile", ".justfile"),
    "npm": ("package.json",),
    "npx": ("package.json",),
    "pnpm": ("package.json",),
    "yarn": ("package.json",),
    "bun": ("package.json",),
    "tox": ("tox.ini",),
    "nox": ("noxfile.py",),
    "rake": ("Rakefile", "rakefile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "pre-commit": (".pre-commit-config.yaml",),
}
"""Programs that do what a file says which the command does not name."""


def named_files(commands: Sequence[str], paths: Collection[str]) -> tuple[str, ...]:
    """Pick those of `paths` (of a tree, or of a change) that the commands run or read by name.

    A file is named by a word of the command (`sh ci/run.sh`, `./check`), also after `cd DIR`,
    or stands behind one (`make` → Makefile; see `BEHIND`). The answer is sorted.
    """
    known = paths if isinstance(paths, set | frozenset) else frozenset(paths)
    return tuple(sorted({path for line in commands for path in _named(line) if path in known}))


def _named(line: str) -> Iterator[str]:
    """Yield every path that a command line might mean."""
    folder = ""
    for part in _SPLIT.split(line):
        words = [word for word in _words(part) if not _ASSIGNMENT.match(word)]
        if words[:1] == ["cd"] and len(words) > 1:
            folder = posixpath.join(folder, words[1])
            continue
        for word in words:
            yield from _meant(word, folder)
        yield from _behind(words, folder)


def _meant(word: str, folder: str) -> Iterator[str]:
    # `--file=ci/x.mk` and `-fci/x.mk` name a file too.
    for name in (word, word.partition("=")[2], word[2:] if word.startswith("-") else ""):
        if name:
            yield _inside(folder, name)
            yield _inside("", name)


def _behind(words: list[str], folder: str) -> Iterator[str]:
    # Any other word may be the folder that the program is sent to (`make -C lib`).
    files = [file for word in words for file in BEHIND.get(posixpath.basename(word), ())]
    for file in files:
        for place in ("", *words):
            yield _inside(folder, posixpath.join(place, file))


def _inside(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _words(part: str) -> list[str]:
    """Split as a shell does; a line with an open quote is split at its blanks."""
    try:
        return shlex.split(part, comments=True)
    except ValueError:
        return part.replace("'", " ").replace('"', " ").split()
