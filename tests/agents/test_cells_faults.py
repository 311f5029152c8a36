"""Each real agent with a provider that fails: what it ends in, and in which words."""

import time

from orch.testing.model_server import Fault, FaultKind
from tests.agents.cells import ACP, OTHERS, TERMINALS, Column, cell
from tests.agents.scene import Play, Scene, Setting
from tests.agents.scripts import FIX

FAST = ("claude-headless", "codex-headless")
SLOW = ("opencode-headless", "gemini-headless")
MOST = (*FAST, "gemini-headless")
BY_HAND = (*TERMINALS, *ACP)
SPEAKING = tuple(name for name in OTHERS if name != "kimi-acp")
RESETS_IN_S = 7200
TWICE = 2
FORGETS = ("gemini-terminal", "gemini-acp")
STEP = 1
"""The faults come in the middle of the work: the file is written, the commit is not made."""


def impatient(column: Column) -> str:
    """Say after which time without progress orch does something; OpenCode's screen is slow."""
    slow = column.agent == "opencode" and column.mode != "acp"
    return f'stuck_timeout = "{60 if slow else 30}s"'


def remembers(column: Column, scene: Scene) -> bool:
    """Tell whether it went on in its conversation, where one that is broken off keeps its turn.

    Gemini takes the whole turn out of its history and asks the model about "an empty response".
    """
    begun = scene.server.steps("play").count(0)
    return begun == 1 or (str(column) in FORGETS and begun == TWICE)


def fired(scene: Scene, kind: FaultKind) -> int:
    """Count how often the fault has come about; there was no other."""
    assert set(scene.server.fired) == {kind}, scene.server.tell()
    return len(scene.server.fired)


@cell("429, passing", *FAST, rarely=(*SLOW, *BY_HAND, *OTHERS))
def test_a_rate_limit_that_passes(column: Column, play: Play) -> None:
    """It is waited out, by the program itself, and the task lands in its first attempt."""
    fault = Fault(kind=FaultKind.RATE_LIMIT, times=2, at_step=STEP)
    with play(column, Setting(script=FIX, faults=(fault,))) as scene:
        task = scene.add()
        scene.landed(task, hello_txt="hello")
        assert fired(scene, FaultKind.RATE_LIMIT) == 2, scene.story(task)
        assert scene.events(task).count("SessionStarted") == 1, scene.story(task)


@cell("429, lasting", *FAST, "opencode-acp", rarely=(*SLOW, *TERMINALS[:-1], "gemini-acp"))
def test_a_rate_limit_that_lasts(column: Column, play: Play) -> None:
    """The task is parked with its work, and says that its provider's limit is the reason."""
    fault = Fault(kind=FaultKind.RATE_LIMIT, times=None, at_step=STEP)
    # Over ACP Gemini asks five times, a minute and a half long, and says nothing of it before.
    stuck = 'stuck_timeout = "150s"' if str(column) == "gemini-acp" else impatient(column)
    profile = f"{stuck}\nmax_nudge_retries = 0"
    with play(column, Setting(script=FIX, faults=(fault,), profile=profile)) as scene:
        found = scene.rest(scene.add())
        task = str(found["id"])
        assert fired(scene, FaultKind.RATE_LIMIT) >= 1
        assert (found["status"], found["blocked_on"]) == ("blocked", "limit"), scene.story(task)


@cell("usage limit", *MOST, rarely=("opencode-headless", *BY_HAND, *SPEAKING))
def test_a_usage_limit(column: Column, play: Play) -> None:
    """The task is parked, and says until when where the program tells."""
    fault = Fault(
        kind=FaultKind.USAGE_LIMIT,
        times=None,
        at_step=STEP,
        resets_at=int(time.time()) + RESETS_IN_S,
    )
    with play(column, Setting(script=FIX, faults=(fault,))) as scene:
        found = scene.rest(scene.add())
        task = str(found["id"])
        assert fired(scene, FaultKind.USAGE_LIMIT) >= 1
        assert (found["status"], found["blocked_on"]) == ("blocked", "limit"), scene.story(task)


@cell("usage limit, untold", rarely=("kimi-acp",))
def test_a_usage_limit_that_is_not_told(column: Column, play: Play) -> None:
    """A turn that ends without a word for it is not taken for done."""
    fault = Fault(kind=FaultKind.USAGE_LIMIT, times=None, at_step=STEP)
    once = Setting(
        script=FIX,
        faults=(fault,),
        profile="max_nudge_retries = 0",
        top="[limits]\nattempts = 1",
    )
    with play(column, once) as scene:
        found = scene.rest(scene.add())
        assert found["status"] == "failed", scene.story(str(found["id"]))
        assert "hello.txt" not in scene.person.git("ls-tree", "--name-only", "main").split()


@cell("401", *MOST, rarely=("opencode-headless", *BY_HAND, *OTHERS))
def test_the_sign_in_is_refused(column: Column, play: Play) -> None:
    """The task is parked, and says how to sign in; no attempt is used up."""
    fault = Fault(kind=FaultKind.UNAUTHORIZED, times=None, at_step=STEP)
    with play(column, Setting(script=FIX, faults=(fault,))) as scene:
        found = scene.rest(scene.add())
        task = str(found["id"])
        assert fired(scene, FaultKind.UNAUTHORIZED) >= 1
        assert (found["status"], found["blocked_on"]) == ("blocked", "agent"), scene.story(task)
        assert SIGN_IN[column.agent] in str(found["reason"]), scene.story(task)
        assert scene.events(task).count("SessionStarted") == 1, scene.story(task)


SIGN_IN = {
    "claude": "/login",
    "codex": "codex login",
    "opencode": "opencode auth login",
    "gemini": "GEMINI_API_KEY",
    "qwen": "OPENAI_API_KEY",
    "kimi": "kimi login",
    "copilot": "copilot login",
    "acp": "its own sign-in",
}


@cell("unknown model", *MOST, rarely=("opencode-headless", *BY_HAND))
def test_there_is_no_such_model(column: Column, play: Play) -> None:
    """The task is parked at once, and says that the profile's model is the reason."""
    fault = Fault(kind=FaultKind.UNKNOWN_MODEL, times=None, at_step=0)
    with play(column, Setting(script=FIX, faults=(fault,))) as scene:
        found = scene.rest(scene.add())
        task = str(found["id"])
        assert fired(scene, FaultKind.UNKNOWN_MODEL) >= 1
        assert (found["status"], found["blocked_on"]) == ("blocked", "agent"), scene.story(task)
        assert "model" in str(found["reason"]), scene.story(task)


@cell(
    "hang before an answer", "codex-headless", rarely=("claude-headless", *SLOW, *BY_HAND, *OTHERS)
)
def test_a_provider_that_never_answers(column: Column, play: Play) -> None:
    """After the time without progress it is broken off, or begun again, and lands."""
    fault = Fault(kind=FaultKind.HANG, at_step=STEP)
    with play(column, Setting(script=FIX, faults=(fault,), profile=impatient(column))) as scene:
        task = scene.add()
        scene.landed(task, hello_txt="hello")
        assert fired(scene, FaultKind.HANG) == 1
        assert remembers(column, scene), scene.story(task)


@cell(
    "hang in mid-stream",
    "claude-headless",
    rarely=("codex-headless", "opencode-headless", "gemini-headless", *BY_HAND),
)
def test_a_provider_that_stops_in_mid_stream(column: Column, play: Play) -> None:
    """The same, where half a sentence came."""
    fault = Fault(kind=FaultKind.HANG_MID_STREAM, at_step=STEP)
    with play(column, Setting(script=FIX, faults=(fault,), profile=impatient(column))) as scene:
        task = scene.add()
        scene.landed(task, hello_txt="hello")
        assert fired(scene, FaultKind.HANG_MID_STREAM) == 1
        assert remembers(column, scene), scene.story(task)


@cell("drop in mid-stream", *MOST, rarely=("opencode-headless", *BY_HAND, *OTHERS))
def test_a_connection_that_breaks_in_mid_stream(column: Column, play: Play) -> None:
    """It asks again, or is begun again in the same conversation, and lands."""
    fault = Fault(kind=FaultKind.DROP_MID_STREAM, at_step=STEP)
    with play(column, Setting(script=FIX, faults=(fault,))) as scene:
        task = scene.add()
        scene.landed(task, hello_txt="hello")
        assert fired(scene, FaultKind.DROP_MID_STREAM) == 1
        assert scene.server.steps("play").count(0) == 1, scene.story(task)
