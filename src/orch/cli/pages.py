"""Writes the reference of all verbs: `python -m orch.cli.pages`."""

import sys

from orch.cli.registry import NOT_YET, SECTIONS, load_all
from orch.cli.verbs import Argument, Option, Verb

_HEAD = """\
# Every verb

Generated from the verbs themselves by `make docs`; `orch VERB --help` says the same.

* A TASK is named by its id (`t12`), its key (`LAB-123`, `#12`), its slug, or the name of its
  worker, in this order; a name that fits several is an error that lists them. The project is the
  one around the current folder (a workspace counts); `--project` names another.
* `--json` prints the stable shapes of [json.md](json.md).
* Exit codes: 0 done, 1 an expected failure, 2 a wrong command line, 3 a bug (with a report file),
  124 timed out, 130 interrupted, 141 when the reader of the output has gone.
* Every failure says what happened, what was kept, and the command to run next.
* Verbs that destroy ask first; without a terminal they want `--yes`.
* The daemon starts by itself on the first verb that needs it.
* `NO_COLOR`, `FORCE_COLOR`, `COLUMNS`, `VISUAL` and `EDITOR` are respected. `ORCH_HOME` says where
  everything is kept (`~/.orch`), `ORCH_PROJECT` which project is meant, `ORCH_SOCKET` where the
  daemon listens; with it, only `orch up` starts the daemon.

"""


def render() -> str:
    """Render the page, section by section, as help does."""
    verbs = load_all()
    parts = [_HEAD]
    for title, words in SECTIONS:
        parts.append(f"## {title}\n\n")
        for word in words:
            parts += [_verb(one, path) for one, path in _of(verbs, word)]
    parts.append("## Later\n\nThese are known, and say that they are not there yet: ")
    parts.append(", ".join(f"`{name}`" for name in sorted(NOT_YET)) + ".\n")
    return "".join(parts)


def _of(verbs: list[Verb], word: str) -> list[tuple[Verb, str]]:
    """List the verbs that begin with a word; under an alias, the one that it stands for."""
    found = [
        (one, path)
        for one in verbs
        for path in (one.path, *one.aliases)
        if path.split()[0] == word and (path == one.path or " " not in path)
    ]
    return sorted(found, key=lambda pair: pair[1])


def _verb(verb: Verb, path: str) -> str:
    lines = [f"### orch {path}\n"]
    if path != verb.path:
        anchor = f"orch-{verb.path.replace(' ', '-')}"
        return f"{lines[0]}\nThe same as [`orch {verb.path}`](#{anchor}).\n\n"
    usage = " ".join(["orch", path, *(_argument(one) for one in verb.arguments)])
    lines.append(f"`{usage}{' [OPTIONS]' if verb.options else ''}`\n")
    lines.append(_prose(verb.help) + "\n")
    if others := [f"`orch {one}`" for one in verb.aliases if one != path]:
        lines.append(f"Also: {', '.join(others)}.\n")
    if verb.options:
        rows = "\n".join(f"| {_option(one)} | {one.help} |" for one in verb.options)
        lines.append(f"| option | |\n|---|---|\n{rows}\n")
    return "\n".join(lines) + "\n"


def _argument(argument: Argument) -> str:
    shown = argument.metavar + ("…" if argument.many else "")
    return shown if argument.required or shown.startswith("[") else f"[{shown}]"


def _option(option: Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.names)
    if option.kind == "flag":
        return names
    shown = "\\|".join(option.choices) if option.choices else option.metavar
    return f"{names} {shown}"


def _prose(text: str) -> str:
    """Undo the indentation of a docstring; what click keeps line by line becomes a code block."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        lines = [line.strip() for line in paragraph.split("\n")]
        if lines[0] == "\b":
            paragraphs.append("```\n" + "\n".join(lines[1:]) + "\n```")
        else:
            paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


if __name__ == "__main__":
    sys.stdout.write(render())
