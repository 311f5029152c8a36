"""Prove what OpenCode's plugin and screen are read as, on what they really told and showed."""

from pathlib import Path

import pytest

from orch.adapters.agents.opencode.terminal import TerminalReader
from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind, Source
from orch.ports.agent import Mode, Writing
from tests.adapters.agents.readings import AT, first, hear_all, hooks_of, kinds, order, shown

RECORDINGS = Path(__file__).parent / "recordings"
PROFILE = AgentProfile(name="oc", adapter="opencode")


def make_reader(conversation: str | None = None, *, begun: bool = True) -> TerminalReader:
    """Make a reader of a session on a terminal, its first prompt taken or not."""
    reader = TerminalReader(order(PROFILE, mode=Mode.TERMINAL, conversation=conversation))
    if begun:
        records = hooks_of(RECORDINGS / "hooks-refused.jsonl")
        reader.hook(next(one for one in records if one.event == "session.status"))
    return reader


def make_deaf_reader() -> TerminalReader:
    """Make a reader of a session whose plugin tells nothing; it has been seen at work."""
    reader = make_reader(begun=False)
    see(reader, "working")
    return reader


def see(reader: TerminalReader, name: str) -> list[Sign]:
    """Show a recorded screen."""
    text = (RECORDINGS / f"screen-{name}.txt").read_text(encoding="utf-8")
    return list(reader.look(shown(text, alternate=True), at=AT))


def keys(writing: Writing | None) -> bytes:
    """Join what a writing would type."""
    assert writing is not None
    return b"".join(stroke.what for stroke in writing.strokes if isinstance(stroke.what, bytes))


def test_a_turn_with_requests_of_which_one_is_refused() -> None:
    """Requests open and settle by their ids, and a turn that a refusal ended is no good end."""
    signs = hear_all(make_reader(begun=False), RECORDINGS / "hooks-refused.jsonl")
    assert kinds(signs) == [
        *("conversation", "accepted", "turn_began", "tool_began", "said"),
        *("wants_permission", "settled", "tool_ended", "spent", "tool_began", "said"),
        *("wants_permission", "settled", "tool_ended", "spent", "turn_ended"),
    ]
    wanted = first(signs, SignKind.WANTS_PERMISSION)
    assert wanted.text == "edit /srv/ws/hello.txt"
    assert [choice.grants for choice in wanted.choices] == [True, True, False]
    assert first(signs, SignKind.SETTLED).ref == wanted.ref
    assert not first(signs, SignKind.TURN_ENDED).ok
    assert {sign.source for sign in signs} == {Source.HOOK}


def test_turns_one_ended_one_interrupted() -> None:
    """A turn that was broken off ends, and is no trouble."""
    signs = hear_all(make_reader(begun=False), RECORDINGS / "hooks-interrupted.jsonl")
    assert [sign.ok for sign in signs if sign.kind is SignKind.TURN_ENDED] == [True, False]
    assert SignKind.TROUBLE not in {sign.kind for sign in signs}


def test_a_question_with_its_choices() -> None:
    """A question is open until it is answered; a number chooses, a text goes behind the last."""
    reader = make_reader()
    see(reader, "working")
    records = hooks_of(RECORDINGS / "hooks-question.jsonl")
    asked = next(
        sign for one in records for sign in reader.hook(one) if sign.kind is SignKind.ASKED
    )
    assert [choice.label for choice in asked.choices] == ["Red", "Blue"]
    assert reader.say("go on", ref="m1") is None
    assert keys(reader.answer(asked.ref, choice="2")) == b"2"
    assert keys(reader.answer(asked.ref, choice="", text="Green")).startswith(b"3\x1b[200~Green")
    assert reader.answer(asked.ref, choice="9") is None
    assert reader.answer("another", choice="1") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("working", SignKind.BUSY),
        ("done", SignKind.READY),
        ("retrying", SignKind.RETRYING),
        ("permission", SignKind.WANTS_PERMISSION),
    ],
)
def test_what_a_screen_shows(name: str, kind: SignKind) -> None:
    """The last rows tell the state; the same screen is told once."""
    reader = make_reader(begun=False)
    assert see(reader, "first") == []
    if kind is SignKind.READY:
        see(reader, "working")
    assert [sign.kind for sign in see(reader, name)] == [kind]
    assert see(reader, name) == []


def test_a_request_that_only_the_screen_shows() -> None:
    """Without the plugin a request is read from its panel, answered by keys, and settled."""
    reader = make_deaf_reader()
    wanted = first(see(reader, "permission"), SignKind.WANTS_PERMISSION)
    assert "Edit hello.txt" in wanted.text
    assert keys(reader.answer(wanted.ref, choice="once")) == b"\r"
    assert keys(reader.answer(wanted.ref, choice="reject")) == b"\x1b[C\x1b[C\r\r"
    assert kinds(see(reader, "done")) == ["settled", "ready"]
    assert reader.answer(wanted.ref, choice="once") is None


def test_nothing_is_typed_into_a_request_or_into_nothing() -> None:
    """A message waits while a request is open, and before the first prompt was taken."""
    reader = make_reader(begun=False)
    see(reader, "first")
    assert reader.say("go on", ref="m1") is None
    see(reader, "permission")
    assert reader.say("go on", ref="m1") is None
    see(reader, "done")
    assert b"go on" in keys(reader.say("go on", ref="m1"))


def test_quoted_panels_are_not_read() -> None:
    """Work that quotes a request, above the prompt, is no request."""
    quoted = (
        "  ┃  △ Permission required\n  ┃   Allow once   Allow always   Reject   enter confirm\n"
    )
    done = (RECORDINGS / "screen-done.txt").read_text(encoding="utf-8")
    signs = make_reader().look(shown(quoted + done, alternate=True), at=AT)
    assert kinds(signs) == ["ready"]


def test_the_prompt_of_a_resumed_conversation_is_submitted_once() -> None:
    """OpenCode takes no prompt as an argument there, so it is pasted once the prompt is seen."""
    reader = make_reader(conversation="ses_1", begun=False)
    assert list(reader.replies()) == []
    see(reader, "done")
    see(reader, "working")
    see(reader, "done")
    (reply,) = reader.replies()
    assert reply.data == b"\x1b[200~write hello and commit\x1b[201~\r"


def test_interrupt_and_close() -> None:
    """Escape twice breaks a turn off; Ctrl-C ends the program."""
    assert keys(make_reader().interrupt()) == b"\x1b\x1b"
    assert keys(make_reader().close()) == b"\x03"
