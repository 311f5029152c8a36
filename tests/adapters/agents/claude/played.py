"""Plays recordings of Claude Code's pipes: `>` went in, `<` came out, `!` came out as an error."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from orch.adapters.agents.claude.agent import ClaudeAgent
from orch.adapters.agents.claude.stream import StreamReader
from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind
from orch.core.task import Task
from orch.ports.agent import End, Ending, LaunchOrder, Mode
from orch.ports.session_host import Direction, Stretch

RECORDINGS = Path(__file__).parent / "recordings"
AT = 1_795_250_000.0
_MARKS = {">": Direction.IN, "<": Direction.OUT, "!": Direction.ERR}


def order(
    profile: AgentProfile | None = None, *, prompt: str = "go", mode: Mode = Mode.HEADLESS
) -> LaunchOrder:
    """Order a session in a workspace that nothing looks at."""
    return LaunchOrder(
        task=Task(id="t1", project_id="p-1", title="Say hello", created_at=0.0),
        profile=profile or AgentProfile(name="claude", adapter="claude"),
        workspace="/srv/work/t1",
        prompt=prompt,
        prompt_file="/srv/attempts/t1/1/prompt.md",
        mode=mode,
        home="/srv/home/t1",
        inherited=(("HOME", "/srv/dev"), ("PATH", "/usr/bin"), ("CLAUDECODE", "1")),
        hook_command=("python3", "-I", "/srv/or ch/hook.py", "claude"),
    )


def stretches(name: str) -> Iterator[Stretch]:
    """Read a recording, line by line."""
    serial = 0
    text = (RECORDINGS / f"{name}.wire").read_text()
    for line in text.splitlines():
        direction = _MARKS[line[0]]
        serial += direction is Direction.IN
        data = line[2:].encode() + b"\n"
        number = serial if direction is Direction.IN else 0
        yield Stretch(direction=direction, offset=0, data=data, serial=number)


def play(name: str, *, reader: StreamReader | None = None, until: str = "") -> list[Sign]:
    """Feed a recording, up to and with the first line that holds `until`."""
    reader = reader or StreamReader(order())
    signs: list[Sign] = []
    for stretch in stretches(name):
        signs += reader.read(stretch, at=AT)
        if until and until.encode() in stretch.data:
            break
    return signs


def kinds(signs: Sequence[Sign], *, without: str = "progress spent") -> list[str]:
    """Name the kinds of signs in their order, without those that only go on."""
    return [sign.kind.value for sign in signs if sign.kind.value not in without.split()]


def only(signs: Sequence[Sign], kind: SignKind) -> list[Sign]:
    """Take the signs of one kind."""
    return [sign for sign in signs if sign.kind is kind]


def ending(signs: Sequence[Sign], *, exit_code: int = 0) -> Ending:
    """Let the agent judge an end after these signs."""
    return ClaudeAgent().ending(End(exit_code=exit_code, exit_signal=None, signs=tuple(signs)))
