"""Gets a prompt from where the person has it: an argument, a file, standard input, their editor."""

import os
import sys

from orch.cli.exits import Failed, UsageError

READ_BYTES = 1_000_000
"""More than any prompt may have; reading stops there."""

TEMPLATE = """
# What is the agent to do? The first line is the title{title}.
# Lines that begin with "# " here below are left out; an empty text cancels.
"""


def read_prompt(text: str | None, file: str | None, *, dash: str | None = None) -> str:
    """Return the prompt that the options name; "" if they name none.

    `dash` is the positional `-`, which means standard input. Raises `UsageError` if two are
    named, or if what is there is no UTF-8.
    """
    if dash not in {None, "-"}:
        raise UsageError(
            f"{dash!r} is one word too many; put a title of several words into quotes",
            then='orch add "a title of several words"',
        )
    named = [one for one in (text, file, dash) if one is not None]
    if len(named) > 1:
        raise UsageError("name one prompt: --prompt TEXT, --prompt-file FILE, or -")
    if text is not None:
        return check_words(text, "--prompt")
    if file == "-" or dash:
        return _decode(sys.stdin.buffer.read(READ_BYTES + 1), "standard input")
    return read_file(file) if file is not None else ""


def read_file(path: str) -> str:
    """Return a file's text. Raises `Failed` if it can't be read, `UsageError` if it is no text."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 10 ms
            return _decode(file.read(READ_BYTES + 1), path)
    except OSError as error:
        raise Failed(f"{path} can't be read: {error.strerror}") from error


def check_words(text: str, what: str) -> str:
    """Return a text that came as an argument. Raises `UsageError` if it was no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{what} is not UTF-8 (character {error.start + 1}); nothing was added",
            then="iconv -t UTF-8 FILE | orch add TITLE -",
        ) from error
    return text


def _decode(data: bytes, source: str) -> str:
    if len(data) > READ_BYTES:
        raise UsageError(
            f"{source} is too long for a prompt (over {READ_BYTES:,} bytes); nothing was added",
            then="put it into a file of the repository and name that in the prompt",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{source} is not UTF-8 (byte {error.start + 1}); nothing was added",
            then=f"iconv -t UTF-8 {source} | orch add TITLE -",
        ) from error


def edit_text(text: str, *, title: str = "") -> str:
    """Let the person write in $VISUAL or $EDITOR; returns what they left, comments removed.

    Raises `Failed` if there is no terminal, no editor, or the editor failed.
    """
    if not sys.stdin.isatty():
        raise UsageError("a prompt is missing, and there is no terminal for an editor",
                         then='orch add "title" --prompt "what is to be done"')  # fmt: skip
    import shlex
    import subprocess
    import tempfile

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8", delete=False) as file:
        file.write(text + TEMPLATE.format(title=f": {title}" if title else ""))
    try:
        code = subprocess.run([*shlex.split(editor), file.name], check=False).returncode
        if code:
            raise Failed(f"{editor} ended with {code}; nothing was changed")
        written = read_file(file.name)
    except FileNotFoundError as error:
        raise Failed(f"there is no editor {editor!r}", then="export EDITOR=vi") from error
    finally:
        os.unlink(file.name)  # noqa: PTH108
    return _without_template(written)


def _without_template(written: str) -> str:
    ours = set(TEMPLATE.strip().split("\n")[1:])
    lines = [
        line
        for line in written.split("\n")
        if line not in ours and not line.startswith("# What is the agent to do?")
    ]
    return "\n".join(lines).strip()
