"""What tests of agents' readers share: orders, recordings, and bytes that arrive in pieces."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st

from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind
from orch.core.task import Task
from orch.ports.agent import End, HookRecord, LaunchOrder, Mode, Reader
from orch.ports.session_host import Direction, Screen, Stretch

AT = 1000.0
PERSON = (("HOME", "/srv/ada"), ("PATH", "/usr/bin"), ("LANG", "C.UTF-8"))
HOOK = ("python3", "-I", "hook.py")


def order(
    profile: AgentProfile,
    *,
    mode: Mode = Mode.HEADLESS,
    conversation: str | None = None,
    prompt: str = "write hello and commit",
) -> LaunchOrder:
    """Order a session in a workspace that nothing looks at."""
    return LaunchOrder(
        task=Task(id="t1", project_id="p-1", title="Say hello", created_at=0.0),
        profile=profile,
        workspace="/srv/ws",
        prompt=prompt,
        prompt_file="/srv/attempt/prompt.md",
        environment=(("ORCH_TASK_ID", "t1"),),
        mode=mode,
        home="/srv/private",
        conversation=conversation,
        inherited=PERSON,
        hook_command=HOOK,
    )


def cuts() -> st.SearchStrategy[list[int]]:
    """Draw the places where a recording is cut into pieces."""
    return st.lists(st.integers(min_value=0, max_value=20_000), max_size=12)


def read_all(reader: Reader, data: bytes, *, at: Sequence[int] = ()) -> list[Sign]:
    """Feed output, cut at these places."""
    places = [0, *sorted(place for place in at if place < len(data)), len(data)]
    pieces = [data[begin:end] for begin, end in pairwise(places)]
    signs: list[Sign] = []
    for offset, piece in zip(places, pieces, strict=False):
        stretch = Stretch(direction=Direction.OUT, offset=offset, data=piece)
        signs += reader.read(stretch, at=AT)
    return signs


def hear_all(reader: Reader, path: Path) -> list[Sign]:
    """Let a reader hear the hooks of a recorded spool."""
    return [sign for record in hooks_of(path) for sign in reader.hook(record)]


def hooks_of(path: Path) -> list[HookRecord]:
    """Read the hooks of a recorded spool."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [HookRecord(event=one["event"], payload=one["payload"], at=one["at"]) for one in lines]


def shown(text: str, *, title: str = "", alternate: bool = False) -> Screen:
    """Show a text on a terminal of the usual size."""
    return Screen(
        text=text,
        rows=40,
        cols=120,
        cursor_row=0,
        cursor_col=0,
        offset=0,
        title=title,
        alternate=alternate,
    )


def kinds(signs: Sequence[Sign]) -> list[str]:
    """Name the kinds of signs, in their order."""
    return [str(sign.kind) for sign in signs]


def first(signs: Sequence[Sign], kind: SignKind) -> Sign:
    """Find the first sign of a kind."""
    return next(sign for sign in signs if sign.kind is kind)


def ended(signs: Sequence[Sign], *, exit_code: int | None = 0, signal: int | None = None) -> End:
    """Say that a session that showed these signs has ended."""
    return End(exit_code=exit_code, exit_signal=signal, tail=(), signs=signs)
