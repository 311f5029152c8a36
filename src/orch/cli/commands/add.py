"""Verbs that ask for work: add, assign, spawn, new."""

import os

from orch.cli.client import Row, call, scope
from orch.cli.exits import Failed, UsageError
from orch.cli.prompts import check_words, edit_text, read_file, read_prompt
from orch.cli.render import print_json
from orch.cli.verbs import JSON, PROJECT, Argument, Option, flag, verb

PROMPT = Option("--prompt --body", "What the agent is to do.", metavar="TEXT")
PROMPT_FILE = Option("--prompt-file -F", "A file that holds the prompt; - is standard input.")
AGENT = Option("--agent -a", "The profile of the configuration that does it.", metavar="NAME")
PRIORITY = Option("--priority", "Higher goes first.", kind="int", default=0)
AFTER = Option("--after", "Wait until this task is done.", kind="texts", metavar="TASK")
LABEL = Option("--label --labels -l", "A label, or several with commas.", kind="texts")
PARENT = Option("--parent", "The task that this one is a part of.", metavar="TASK")
LEAD = Option(
    "--lead",
    "Where you are told how it goes: inbox, pane (this one of tmux), pane:TARGET, command:…",
    metavar="ADDRESS",
)
BASE = Option("--base", "The branch to start from and to land on.", metavar="BRANCH", default="")
ALLOW = Option("--allow", "Only files of this pattern may change.", kind="texts", metavar="GLOB")
FORBID = Option("--forbid", "Files of this pattern may not change.", kind="texts", metavar="GLOB")
ATTEMPTS = Option("--attempts", "How many sessions it may use.", kind="int", metavar="N")
ROUNDS = Option("--rounds", "How often its gate may be red.", kind="int", metavar="N")
DRAFT = flag("--draft", "Keep it until `orch task start`.")
KEY = Option("--key", "A key of your own: adding it again changes nothing.", metavar="KEY")
SLUG = Option("--slug", "The name in its branch; made of the title if not given.", metavar="NAME")
COMMON = (AGENT, PRIORITY, AFTER, LABEL, PARENT, BASE, ALLOW, FORBID, ATTEMPTS, ROUNDS, LEAD, DRAFT)


@verb(
    "add",
    Argument("title", required=False),
    Argument("dash", metavar="-", required=False),
    PROMPT,
    PROMPT_FILE,
    flag("--edit -e", "Write the prompt in $EDITOR."),
    Option("--file", "Add all tasks of a Markdown or JSON Lines file.", metavar="FILE"),
    KEY,
    SLUG,
    *COMMON,
    PROJECT,
    JSON,
    aliases=("task add",),
)
def add(
    *,
    title: str | None,
    dash: str | None,
    prompt: str | None,
    prompt_file: str | None,
    edit: bool,
    file: str | None,
    project: str | None,
    as_json: bool,
    **wanted: object,
) -> None:
    """Ask for work; prints the task's id.

    The prompt comes from --prompt, from --prompt-file, from standard input (-), or from your
    editor (--edit). Without one, the title is all that the agent is told.

    With --file, each `## heading` of a Markdown file (or, without headings, each bullet of its
    list) is a task, and what follows is its prompt; or each line is a JSON object. Lines `key:`,
    `agent:`, `priority:`, `labels:`, `after:` below a title set these. Adding the same file again
    adds only what is new.
    """
    if file is not None:
        if title is not None or prompt is not None or prompt_file is not None or edit:
            raise UsageError(
                "--file brings its own titles and prompts", then=f"orch add --file {file}"
            )
        _add_file(file, draft=bool(wanted["draft"]), project=project, as_json=as_json)
        return
    text = read_prompt(prompt, prompt_file, dash=dash)
    if title == "-" and dash is None and not text:
        title, text = None, read_prompt(None, "-")
    if edit or (title is None and not text):
        text = edit_text(text, title=title or "")
        if not text:
            raise Failed("the text is empty; nothing was added")
    _submit(title, text, wanted, project=project, as_json=as_json)


@verb(
    "assign",
    Argument("key"),
    PROMPT,
    PROMPT_FILE,
    Option("--title", "What to call it; the prompt's first line if not given.", metavar="TEXT"),
    SLUG,
    *COMMON,
    PROJECT,
    JSON,
)
def assign(
    *,
    key: str,
    prompt: str | None,
    prompt_file: str | None,
    title: str | None,
    project: str | None,
    as_json: bool,
    **wanted: object,
) -> None:
    """Ask for the work of an outside issue: KEY is its name there (LAB-123, #12).

    Assigning the same key again changes nothing and prints the same id.
    """
    text = read_prompt(prompt, prompt_file)
    if not text and title is None:
        text = edit_text("", title=key)
        if not text:
            raise Failed("the text is empty; nothing was assigned")
    _submit(
        title or _first_line(text) or key,
        text,
        wanted | {"key": key},
        project=project,
        as_json=as_json,
    )


@verb("spawn", Argument("prompt"), *COMMON, KEY, SLUG, PROJECT, JSON)
def spawn(*, prompt: str, project: str | None, as_json: bool, **wanted: object) -> None:
    """Ask for work in one breath: the words are the prompt, their first line the title."""
    text = read_prompt(None, "-") if prompt == "-" else check_words(prompt, "the prompt")
    _submit(None, text, wanted, project=project, as_json=as_json)


@verb("new", Argument("slug"), PROMPT, PROMPT_FILE, *COMMON[:-1], PROJECT, JSON)
def new(
    *,
    slug: str,
    prompt: str | None,
    prompt_file: str | None,
    project: str | None,
    as_json: bool,
    **wanted: object,
) -> None:
    """Begin a draft under a name of your own; `orch task edit` and `orch task start` go on."""
    text = read_prompt(prompt, prompt_file)
    wanted |= {"slug": slug, "draft": True}
    _submit(
        _first_line(text) or slug.replace("-", " "), text, wanted, project=project, as_json=as_json
    )


def _submit(
    title: str | None, text: str, wanted: Row, *, project: str | None, as_json: bool
) -> None:
    if title is None:
        title = _first_line(text)
        text = "" if text.strip() == title else text
    wanted = dict(wanted)
    wanted["labels"] = _split(wanted.pop("label", ()))
    wanted["allowed_files"] = wanted.pop("allow", ())
    wanted["forbidden_files"] = wanted.pop("forbid", ())
    wanted["lead"] = _lead(wanted.get("lead"))
    for name in ("key", "slug"):
        wanted[name] = wanted.get(name) or None
    check_words(title, "the title")
    added = call("task.add", title=title, prompt=text, **wanted, **scope(project))
    _print([added], one=True, as_json=as_json)


def _lead(given: object) -> str | None:
    """Turn "pane" into the pane of tmux that this runs in."""
    if given != "pane":
        return str(given) if given else None
    pane, server = os.environ.get("TMUX_PANE", ""), os.environ.get("TMUX", "").split(",")[0]
    if not pane or not server:
        raise UsageError("this is no pane of tmux", then="--lead pane:TARGET")
    return f"pane:{pane}@{server}"


def _add_file(file: str, *, draft: bool, project: str | None, as_json: bool) -> None:
    text = read_prompt(None, "-") if file == "-" else read_file(file)
    source = "stdin" if file == "-" else os.path.basename(file)  # noqa: PTH119 - pathlib costs 10 ms
    added = call("task.import", text=text, source=source, draft=draft, **scope(project))
    _print(added, one=False, as_json=as_json)


def _print(added: list[Row], *, one: bool, as_json: bool) -> None:
    if as_json:
        print_json(added[0] if one else added)
        return
    for row in added:
        print(row["id"])


def _first_line(text: str) -> str:
    return next((line.strip(" #\t") for line in text.split("\n") if line.strip(" #\t")), "")[:200]


def _split(labels: object) -> list[str]:
    given = labels if isinstance(labels, tuple) else ()
    return [word for label in given for word in str(label).replace(",", " ").split()]
