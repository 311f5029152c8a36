"""What a scripted model does: steps made of abstract calls, which `tools` puts into an agent's own.

A script is a list of steps, one for each turn of the model. Which step is next follows from the
request's own history (see `progress`), so nothing about a run is kept anywhere.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Write:
    """Write a file with the agent's own tool for that, or by its shell if it has none."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a text of a file once; some agents want the file to have been read before."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Read:
    """Read a file."""

    path: str


@dataclass(frozen=True, slots=True)
class Bash:
    """Run a shell command."""

    command: str


@dataclass(frozen=True, slots=True)
class UseTool:
    """Call a tool by its exact name with exactly these arguments, for example one of an MCP."""

    name: str
    arguments: dict[str, object]


@dataclass(frozen=True, slots=True)
class EchoLastUser:
    """Write what the person said last into a file: so a test sees that a message has arrived."""

    path: str


Call = Write | Edit | Read | Bash | UseTool | EchoLastUser


@dataclass(frozen=True, slots=True)
class Usage:
    """Say what one answer costs, in tokens; `input_tokens` are those that were not cached."""

    input_tokens: int = 1200
    cached_tokens: int = 300
    output_tokens: int = 40


DEFAULT_USAGE = Usage()
SIDE_USAGE = Usage(input_tokens=10, cached_tokens=0, output_tokens=5)
"""What an answer to a side request costs; little, so that it does not blur a test of costs."""


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of the model: it may think, say something, and call tools, several at once.

    A turn without calls is the end of the agent's turn: it waits for its person. With
    `until_user` the step is done again, turn by turn, until a message of the person after the
    first one contains that text; then the script goes on with the next step. `hold` names a gate
    at which the answer waits until the test calls `release`.
    """

    say: str = ""
    calls: tuple[Call, ...] = ()
    thinking: str = ""
    until_user: str | None = None
    hold: str | None = None
    delay_s: float = 0.0
    chunk_delay_s: float = 0.0
    usage: Usage = DEFAULT_USAGE


Script = tuple[Step, ...]


def say(text: str) -> Step:
    """Say something and end the turn."""
    return Step(say=text)


def ask(question: str) -> Step:
    """Ask the person, in plain words, and end the turn: the next step follows their answer."""
    return Step(say=question)


def write(path: str, text: str, *, say: str = "") -> Step:
    """Write a file."""
    return Step(say=say, calls=(Write(path, text),))


def edit(path: str, old: str, *, new: str) -> Step:
    """Replace a text of a file."""
    return Step(calls=(Edit(path, old, new),))


def read(path: str) -> Step:
    """Read a file."""
    return Step(calls=(Read(path),))


def bash(command: str, *, say: str = "") -> Step:
    """Run a shell command."""
    return Step(say=say, calls=(Bash(command),))


def tool(name: str, arguments: dict[str, object]) -> Step:
    """Call a tool by its exact name."""
    return Step(calls=(UseTool(name, arguments),))


def echo_last_user(path: str) -> Step:
    """Write what the person said last into a file."""
    return Step(calls=(EchoLastUser(path),))


def at_once(*steps: Step) -> Step:
    """Make one turn that does what these steps do, all in parallel."""
    words = " ".join(step.say for step in steps if step.say)
    return Step(say=words, calls=tuple(call for step in steps for call in step.calls))


def until_user(text: str, step: Step) -> Step:
    """Repeat a step until the person says something that contains this text.

    A step that calls a tool keeps the agent busy until a message reaches it in the middle of its
    work; one that only speaks ends the turn each time.
    """
    return replace(step, until_user=text)


def commit(message: str) -> Step:
    """Commit everything in the agent's directory."""
    quoted = "'" + message.replace("'", "'\\''") + "'"
    return bash(f"git add -A && git commit -q -m {quoted} && git log --oneline | head -3")
