"""Declares the verbs: one description serves the fast parser, the help and the completions."""

import collections.abc


class Option:
    """A named choice. `kind` is flag, text, int, float or texts (may be given again).

    The first of `names` is the one that documents show; `dest` is the body's parameter.
    """

    __slots__ = ("choices", "default", "dest", "help", "kind", "metavar", "names")

    def __init__(self, names: str, help: str, **more: object) -> None:  # noqa: A002 - click's own word
        """Describe it: `names` as "--json" or "--lines -n"; more: kind, dest, metavar, choices."""
        self.names = tuple(names.split())
        self.help = help
        self.kind = str(more.get("kind", "text"))
        plain = self.names[0].lstrip("-").replace("-", "_")
        self.dest = str(more.get("dest", plain))
        self.metavar = str(more.get("metavar", plain.upper()))
        found = more.get("choices", ())
        self.choices = tuple(found) if isinstance(found, tuple) else ()
        self.default = more.get("default", _DEFAULTS.get(self.kind))


_DEFAULTS: dict[str, object] = {"flag": False, "texts": ()}


class Argument:
    """A positional. `many` takes any number; `rest` takes everything after it, as it is."""

    __slots__ = ("completes", "dest", "many", "metavar", "required", "rest")

    def __init__(self, dest: str, **more: object) -> None:
        """Describe it; more: metavar, required, many, rest, completes ("task" or "project")."""
        self.dest = dest
        self.metavar = str(more.get("metavar", dest.upper()))
        self.rest = bool(more.get("rest"))
        self.many = bool(more.get("many")) or self.rest
        self.required = bool(more.get("required", True))
        self.completes = str(more.get("completes", ""))


class Verb:
    """A command: what it is called, what it takes, and what it does.

    The body gets one keyword per option and argument; it returns the exit code, None for 0.
    """

    __slots__ = ("aliases", "arguments", "body", "hidden", "options", "path")

    def __init__(self, path: str, *parts: "Option | Argument", **more: object) -> None:
        """Describe it; more: aliases (other paths), hidden."""
        self.path = path
        self.options = tuple(part for part in parts if isinstance(part, Option))
        self.arguments = tuple(part for part in parts if isinstance(part, Argument))
        found = more.get("aliases", ())
        self.aliases = tuple(found) if isinstance(found, tuple) else ()
        self.hidden = bool(more.get("hidden"))
        self.body: collections.abc.Callable[..., int | None] = _nothing

    @property
    def help(self) -> str:
        """Return what the body's docstring says."""
        return (self.body.__doc__ or "").strip()


def _nothing() -> None:
    """Do nothing: a verb without a body is not finished."""


Body = collections.abc.Callable[..., "int | None"]
"""What a verb does."""


def verb(
    path: str, *parts: Option | Argument, **more: object
) -> "collections.abc.Callable[[Body], Verb]":
    """Make a verb of the function below."""
    made = Verb(path, *parts, **more)

    def take(body: Body) -> Verb:
        made.body = body
        return made

    return take


def flag(names: str, help: str, **more: object) -> Option:  # noqa: A002 - click's own word
    """Describe an option that is there or not."""
    return Option(names, help, kind="flag", **more)


JSON = flag("--json", "Print JSON, in the stable shape of docs/json.md.", dest="as_json")
YES = flag("--yes -y", "Do it without asking.")
MINE = flag("--mine", "Only yours: what you added; of a session, all that was filed below it.")
PROJECT = Option("--project -P", "Another project: its name, id or path.", metavar="NAME")
TASK = Argument("task", completes="task")
"""What many verbs take."""
