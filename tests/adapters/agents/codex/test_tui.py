"""Prove how hooks, states and screens of Codex are joined, and what is typed into it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.adapters.agents.codex.agent import CodexAgent
from orch.adapters.agents.codex.tui import TuiReader
from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.ports.agent import Mode, Word, Writing
from orch.ports.session_host import Direction, Stretch
from orch.session_server.emulator import Emulator
from tests.adapters.agents.readings import (
    AT,
    cuts,
    ended,
    first,
    hooks_of,
    kinds,
    order,
    read_all,
    shown,
)

TUI = Path(__file__).parent / "recordings" / "tui"
ALL = sorted(path.stem for path in TUI.glob("*.raw"))
PICTURE_ENDS = b"\x1b[?2026l"


def new_reader(conversation: str | None = None) -> TuiReader:
    """Make the reader of a session on its own screen."""
    profile = AgentProfile(name="codex", adapter="codex", model="m", permission_mode="ask")
    return TuiReader(order(profile, mode=Mode.TERMINAL, conversation=conversation))


def screen(name: str) -> str:
    """Take a recorded screen."""
    return (TUI / f"{name}.txt").read_text(encoding="utf-8")


def state(reader: TuiReader, *names: str) -> list[Sign]:
    """Let it tell its states, one after the other."""
    data = b"".join(b"\x1b]7501;state=%s:app=codex\x1b\\" % name.encode() for name in names)
    stretch = Stretch(direction=Direction.OUT, offset=0, data=data)
    return list(reader.read(stretch, at=AT))


def look(reader: TuiReader, name: str) -> list[Sign]:
    """Let it see a recorded screen."""
    return list(reader.look(shown(screen(name)), at=AT))


def live(name: str) -> list[Sign]:
    """Read a recorded session as a daemon that was started again does: hooks, bytes, and looks."""
    reader = new_reader()
    spool = TUI / f"{name}.hooks.jsonl"
    hooks = hooks_of(spool) if spool.exists() else []
    signs = [sign for one in hooks for sign in reader.hook(one)]
    emulator = Emulator.blank(rows=40, cols=120)
    for part in (TUI / f"{name}.raw").read_bytes().split(PICTURE_ENDS):
        piece = part + PICTURE_ENDS
        signs += reader.read(Stretch(direction=Direction.OUT, offset=0, data=piece), at=AT)
        emulator.feed(piece)
        signs += reader.look(shown(emulator.text), at=AT)
    return signs


def typed(writing: Writing | None) -> list[object]:
    """List what is typed, but for the glance before that gives a dialog its time."""
    assert writing is not None
    return [stroke.what for stroke in writing.strokes if stroke.what != b"\x1b[I"]


@pytest.mark.parametrize("name", ALL)
def test_whole_sessions(name: str) -> None:
    """No session shows the same twice, and what was opened was settled."""
    signs = live(name)
    states = [sign.kind for sign in signs if sign.source is Source.TITLE]
    busy_or_ready = [kind for kind in states if kind in {SignKind.BUSY, SignKind.READY}]
    assert busy_or_ready[0] in {SignKind.READY, SignKind.BUSY}
    assert SignKind.BUSY in busy_or_ready
    opened = [sign.ref for sign in signs if sign.choices]
    assert opened == [sign.ref for sign in signs if sign.kind is SignKind.SETTLED]
    assert len(opened) == (name in {"allowed", "denied", "question"})


def test_a_session_that_was_allowed() -> None:
    """The request is seen once, with its choices; tokens are those of its title."""
    signs = live("allowed")
    wanted = first(signs, SignKind.WANTS_PERMISSION)
    assert wanted.ref.startswith("permission-1-")
    assert wanted.text == "git add -A && git commit -qm scripted (commit needs .git)"
    assert [one.grants for one in wanted.choices] == [True, True, False]
    spent = [sign.usage for sign in signs if sign.usage]
    assert [one.input_tokens for one in spent] == [1500, 3000, 4500]
    assert spent[-1].output_tokens == 120
    ending = CodexAgent().ending(ended(signs))
    assert (ending.word, ending.summary) == (Word.DONE, "Done: hello.txt is written and committed.")


@pytest.mark.parametrize("name", ["denied", "interrupted"])
def test_a_turn_that_was_broken_off(name: str) -> None:
    """No hook tells of it; state and screen together do, as trustworthy as a protocol."""
    turn = first(live(name), SignKind.TURN_ENDED)
    if name == "denied":
        assert (turn.ok, turn.source) == (False, Source.PROTOCOL)
        assert CodexAgent().ending(ended(live(name))).word is Word.GAVE_UP


@pytest.mark.parametrize(
    ("name", "kind", "trouble"),
    [
        ("usage-limit", SignKind.LIMITED, Trouble.USAGE_LIMIT),
        ("no-such-model", SignKind.TROUBLE, Trouble.NO_SUCH_MODEL),
    ],
)
def test_errors(name: str, kind: SignKind, trouble: Trouble) -> None:
    """The state says that it failed, the screen why; the turn has ended."""
    signs = live(name)
    assert first(signs, kind).trouble is trouble
    assert kinds(signs).count(str(kind)) == 1
    assert not first(signs, SignKind.TURN_ENDED).ok
    ending = CodexAgent().ending(ended(signs))
    assert (ending.word, ending.trouble) == (Word.HELD, trouble)
    assert (ending.until is not None) == (name == "usage-limit")


def test_what_is_quoted_is_nothing() -> None:
    """An agent that prints a request and an error has neither."""
    assert not {"wants_permission", "dialog", "limited", "trouble"} & set(kinds(live("quoted")))


def test_without_hooks_its_state_tells_the_end_of_a_turn() -> None:
    """Its notice holds the last words."""
    signs = live("no-hooks")
    turn = first(signs, SignKind.TURN_ENDED)
    assert (turn.ok, turn.source) == (True, Source.PROTOCOL)
    ending = CodexAgent().ending(ended(signs))
    assert (ending.word, ending.summary) == (Word.DONE, "Done: hello.txt is written and committed.")


def test_a_resumed_conversation_brings_no_old_tokens() -> None:
    """The first totals are those of its past."""
    signs = read_all(new_reader(conversation="c"), (TUI / "resumed.raw").read_bytes())
    assert [sign.usage.input_tokens for sign in signs if sign.usage] == [1500]


@given(name=st.sampled_from(ALL), at=cuts())
def test_cut_anywhere(name: str, at: list[int]) -> None:
    """Where the pieces of the output end makes no difference."""
    data = (TUI / f"{name}.raw").read_bytes()
    assert read_all(new_reader(), data, at=at) == read_all(new_reader(), data)


def test_the_same_state_is_told_once() -> None:
    """Only changes are news."""
    assert kinds(state(new_reader(), "idle", "idle", "working", "working")) == ["ready", "busy"]


def test_a_screen_alone_tells_what_it_can() -> None:
    """Where nothing but the screen speaks, it tells work, rest and errors; else it is silent."""
    reader = new_reader()
    assert kinds(look(reader, "working")) == ["busy"]
    assert kinds(look(reader, "working")) == []
    assert kinds(look(reader, "done")) == ["ready"]
    assert kinds(look(reader, "no-such-model")) == ["trouble", "turn_ended"]
    speaking = new_reader()
    state(speaking, "working")
    assert kinds(look(speaking, "done")) == []


def test_an_error_of_the_turn_before_is_not_told_again() -> None:
    """While it works, what stands above the prompt is old."""
    reader = new_reader()
    state(reader, "working", "error")
    assert kinds(look(reader, "no-such-model")) == ["trouble", "turn_ended"]
    state(reader, "working")
    assert look(reader, "no-such-model") == []


def test_retries_are_told_each_once() -> None:
    """Why the provider failed stands beside the try."""
    reader = new_reader()
    state(reader, "working")
    retry = look(reader, "retrying")[0]
    assert (retry.kind, retry.trouble) == (SignKind.RETRYING, Trouble.SIGNED_OUT)
    assert look(reader, "retrying") == []


def test_known_dialogs_come_with_their_keys() -> None:
    """They are settled when the prompt is back; to be signed out is trouble."""
    reader = new_reader()
    dialog = look(reader, "trust")[0]
    assert (dialog.kind, dialog.ref, dialog.keys) == (SignKind.DIALOG, "trust-folder", b"\r")
    assert reader.say("hello", ref="m1") is None
    assert reader.close() is None
    assert kinds(look(reader, "done"))[0] == "settled"
    signs = look(new_reader(), "sign-in")
    assert kinds(signs) == ["trouble", "turn_ended"]
    assert signs[0].trouble is Trouble.SIGNED_OUT


def test_a_request_is_named_alike_whoever_tells_it_first() -> None:
    """The screen may show it before the state tells, or after."""
    refs = set()
    for first_seen in (True, False):
        reader = new_reader()
        state(reader, "working")
        early = look(reader, "approval") if first_seen else []
        state(reader, "blocked:kind=permission")
        found = early or look(reader, "approval")
        refs.add(found[0].ref)
        assert look(reader, "approval") == []
        assert kinds(state(reader, "working")) == ["settled", "busy"]
    assert len(refs) == 1


def test_requests_that_follow_each_other_are_told_apart() -> None:
    """The second may come without another state; the first is settled then."""
    reader = new_reader()
    state(reader, "working", "blocked:kind=permission")
    one = look(reader, "approval")[0]
    other = screen("approval").replace("git add -A && git commit -qm scripted", "make clean")
    signs = reader.look(shown(other), at=AT)
    assert kinds(signs) == ["settled", "wants_permission"]
    assert signs[0].ref == one.ref != signs[1].ref
    half = "\n".join(screen("approval").splitlines()[-6:])
    assert list(reader.look(shown(half), at=AT)) == []


def test_a_request_that_is_not_seen_is_asked_as_it_was_told() -> None:
    """Where the screen can't be read, the state still says that somebody has to answer."""
    reader = new_reader()
    look(reader, "working")
    notice = b"\x1b]9;Approval requested: rm -r build\x07"
    state(reader, "working", "blocked:kind=permission")
    reader.read(Stretch(direction=Direction.OUT, offset=0, data=notice), at=AT)
    seen = look(reader, "working")
    for after_s in (1.0, 6.0, 9.0):
        seen += reader.look(shown(screen("working")), at=AT + after_s)
    assert kinds(seen) == ["wants_permission"]
    assert seen[0].text == "Approval requested: rm -r build"
    assert typed(reader.answer(seen[0].ref, choice="accept")) == [b"y"]


def test_answers() -> None:
    """A choice is the key that it names; words follow a refusal or go into a question."""
    reader = new_reader()
    state(reader, "working", "blocked:kind=permission")
    ref = look(reader, "approval")[0].ref
    assert typed(reader.answer(ref, choice="accept")) == [b"y"]
    assert typed(reader.answer(ref, choice="acceptWithExecpolicyAmendment")) == [b"p"]
    assert typed(reader.answer(ref, choice="decline")) == [b"\x1b"]
    words = typed(reader.answer(ref, choice="decline", text="Use make."))
    assert words == [b"\x1b", b"\x1b[200~Use make.\x1b[201~", b"\r"]
    assert reader.answer(ref, choice="nonsense") is None
    assert reader.answer("permission-9", choice="accept") is None
    state(reader, "working", "blocked:kind=question")
    ref = look(reader, "question")[-1].ref
    assert typed(reader.answer(ref, choice="blue")) == [b"2"]
    own = typed(reader.answer(ref, choice="", text="green"))
    assert own == [b"\x1b[B", b"\x1b[B", b"\t", b"\x1b[200~green\x1b[201~", b"\r"]


def test_what_is_said() -> None:
    """Text is pasted where there is a prompt; in mid-turn only its own proof counts."""
    reader = new_reader()
    assert reader.say("hello", ref="m1") is None
    assert reader.interrupt() is None
    look(reader, "done")
    said = reader.say("hello\nyou", ref="m1")
    assert typed(said) == [b"\x1b[200~hello\nyou\x1b[201~", b"\r"]
    assert said is not None
    assert SignKind.BUSY in said.confirms
    state(reader, "idle", "working")
    steered = reader.say("also do that", ref="m2")
    assert steered is not None
    assert steered.confirms == {SignKind.ACCEPTED}
    accepted = [sign for sign in look(reader, "steered") if sign.kind is SignKind.ACCEPTED]
    assert [sign.text for sign in accepted] == ["also do that"]
    assert look(reader, "steered") == []
    assert typed(reader.interrupt()) == [b"\x1b"]


def test_it_is_quit_by_its_own_word() -> None:
    """What stands in the prompt is taken away first."""
    reader = new_reader()
    assert reader.close() is None
    look(reader, "done")
    assert typed(reader.close()) == [b"\x15", b"/quit", b"\r"]
