"""The corpus: recordings of real agents with what they really did, and how well that is told.

A recording is all that orch gets of a session up to a moment: its bytes, its hooks, its screen.
What the agent was doing then is known from the script of its model, not from the screen.
"""

import base64
import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from orch.adapters.agents.registry import AGENTS
from orch.core.attempt import Activity
from orch.core.picture import Picture, begin, fold, grew
from orch.core.settings import AgentProfile
from orch.core.signs import Sign
from orch.core.task import Task
from orch.core.watch import Quiet, derive
from orch.ports.agent import HookRecord, LaunchOrder, Mode
from orch.ports.session_host import Direction, Screen, Stretch

QUIET = Quiet(idle_s=120.0, stuck_s=1800.0)
"""The time-outs that hold where nobody sets others."""

LATER_S = (2.0, 60.0, 300.0)
"""The moments after the last sign at which the activity is asked for; nothing moves meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What orch got of a session up to a moment, and its true activity then.

    `split` is "tuned" if rules were made while looking at it, else "scored". `holds_s` is how long
    the label stays true without any news: a model that is held works for as long as one waits.
    """

    name: str
    agent: str
    mode: str
    version: str
    label: str
    split: str
    holds_s: float
    output: str
    stretches: tuple[tuple[str, int, str, int], ...] = ()
    hooks: tuple[tuple[str, dict[str, object], float], ...] = ()
    screen: dict[str, object] | None = None
    permission_mode: str = "bypass"
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was derived of a recording, at one moment."""

    recording: Recording
    after_s: float
    activity: Activity
    rule: str

    @property
    def is_right(self) -> bool:
        """Tell whether it was the true one; a shrug is never right."""
        return self.activity.value == self.recording.label


def pack(data: bytes) -> str:
    """Write bytes so that they fit into a line of JSON."""
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def unpack(text: str) -> bytes:
    """Read bytes that were packed."""
    return gzip.decompress(base64.b64decode(text))


def load(folder: Path) -> list[Recording]:
    """Read all recordings of a folder."""
    found = []
    for path in sorted(folder.glob("*.json")):
        fields = json.loads(path.read_bytes())
        fields["stretches"] = tuple(tuple(one) for one in fields["stretches"])
        fields["hooks"] = tuple((e, p, a) for e, p, a in fields["hooks"])
        found.append(Recording(**fields))
    return found


def answers(recording: Recording) -> list[Answer]:
    """Derive what a recorded session does, at each moment at which its label still holds."""
    picture, end = see(recording)
    found = []
    for after_s in LATER_S:
        if after_s > recording.holds_s:
            continue
        derived = derive(picture, QUIET, now=end + after_s)
        found.append(Answer(recording, after_s, derived.activity, derived.evidence.rule))
    return found


def see(recording: Recording) -> tuple[Picture, float]:
    """Read a recording as the watch reads a session; return the picture and when it ended."""
    agent = AGENTS[recording.agent]
    reader = agent.reader(_order(recording))
    hooks = [HookRecord(event=event, payload=told, at=at) for event, told, at in recording.hooks]
    end = max((hook.at for hook in hooks), default=1_000_000.0)
    signs: list[Sign] = []
    for hook in hooks:
        signs += reader.hook(hook)
    for stretch in _stretches(recording):
        signs += reader.read(stretch, at=end)
    if recording.screen is not None:
        signs += reader.look(Screen(**recording.screen), at=end)  # type: ignore[arg-type]
    picture = grew(begin(end - 60), end)
    for sign in signs:
        picture = fold(picture, sign)
    return picture, end


def _stretches(recording: Recording) -> Iterable[Stretch]:
    if not recording.stretches:
        return [Stretch(direction=Direction.OUT, offset=0, data=unpack(recording.output))]
    return [
        Stretch(direction=Direction(way), offset=offset, data=unpack(data), serial=serial)
        for way, offset, data, serial in recording.stretches
    ]


def _order(recording: Recording) -> LaunchOrder:
    profile = AgentProfile(
        name=recording.agent,
        adapter=recording.agent,
        mode=recording.mode,
        permission_mode=recording.permission_mode,
    )
    return LaunchOrder(
        task=Task(id="t1", project_id="p", title="Say hello", created_at=0.0),
        profile=profile,
        workspace="/w",
        prompt=recording.prompt,
        prompt_file="/p/prompt.md",
        mode=Mode(recording.mode),
        home="/h",
        hook_command=("hook",),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well a set of recordings was told; rates are parts of 1.

    A false idle is work that is taken for idle, a false stuck anything alive taken for stuck.
    """

    n: int
    right: int
    false_idle: int
    false_stuck: int
    working: int

    @property
    def accuracy(self) -> float:
        """The part that was told rightly."""
        return self.right / self.n if self.n else 0.0

    @property
    def false_idle_rate(self) -> float:
        """The part of what worked that was taken for idle."""
        return self.false_idle / self.working if self.working else 0.0

    @property
    def false_stuck_rate(self) -> float:
        """The part of all that was taken for stuck."""
        return self.false_stuck / self.n if self.n else 0.0


def score(given: Sequence[Answer]) -> Score:
    """Count what was right and what was wrong."""
    working = [one for one in given if one.recording.label == Activity.WORKING]
    return Score(
        n=len(given),
        right=sum(one.is_right for one in given),
        false_idle=sum(one.activity is Activity.IDLE for one in working),
        false_stuck=sum(
            one.activity is Activity.STUCK and one.recording.label != Activity.STUCK
            for one in given
        ),
        working=len(working),
    )
