"""Whole sessions of Claude Code in a terminal: titles, hooks and screens, as they came."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from orch.adapters.agents.claude.requests import REFUSAL
from orch.adapters.agents.claude.terminal import TerminalReader
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.ports.agent import HookRecord, Mode, Word, Writing
from orch.ports.session_host import Direction, Screen, Stretch
from tests.adapters.agents.claude.played import AT, RECORDINGS, ending, kinds, only, order

SESSIONS = sorted(path.stem for path in (RECORDINGS / "terminal").glob("*.jsonl"))


def events(name: str) -> Iterator[dict[str, object]]:
    """Read a recorded session."""
    lines = (RECORDINGS / "terminal" / f"{name}.jsonl").read_text().splitlines()
    return (json.loads(line) for line in lines)


def shown(text: str) -> Screen:
    """Show a text on a terminal of the usual size."""
    return Screen(text=text, rows=40, cols=120, cursor_row=0, cursor_col=0, offset=0)


def feed(reader: TerminalReader, event: dict[str, object]) -> list[Sign]:
    """Let a reader have one thing."""
    at = event["at"]
    assert isinstance(at, float)
    match event:
        case {"bytes": str(text)}:
            data = text.encode()
            return [*reader.read(Stretch(direction=Direction.OUT, offset=0, data=data), at=at)]
        case {"hook": str(name), "payload": dict(payload)}:
            return [*reader.hook(HookRecord(event=name, payload=payload, at=at))]
        case _:
            return [*reader.look(shown(str(event["screen"])), at=at)]


def reader_of(name: str = "") -> TerminalReader:
    """Make a reader for a session; some of them had no hooks."""
    given = order(mode=Mode.TERMINAL)
    return TerminalReader(replace(given, hook_command=()) if "without-hooks" in name else given)


def play(name: str, *, until: SignKind | None = None, times: int = 1) -> list[Sign]:
    """Play a session; `until` stops it at so many signs of a kind."""
    return play_on(reader_of(name), name, until=until, times=times)


def play_on(
    reader: TerminalReader, name: str, *, until: SignKind | None = None, times: int = 1
) -> list[Sign]:
    """Play a session to this reader."""
    signs: list[Sign] = []
    for event in events(name):
        signs += feed(reader, event)
        if until and len(only(signs, until)) >= times:
            break
    return signs


def pressed(writing: Writing | None) -> bytes:
    """Join what a writing types."""
    assert writing
    return b"".join(one.what for one in writing.strokes if isinstance(one.what, bytes))


def hooked(signs: list[Sign]) -> list[Sign]:
    """Take what hooks told."""
    return [sign for sign in signs if sign.source is Source.HOOK]


def test_a_whole_session_is_told_by_its_hooks() -> None:
    """Two turns, each with its message, its tools and its last word."""
    signs = play("hello")
    assert kinds(hooked(signs)) == [
        "conversation",
        *("accepted", "turn_began"),
        *("tool_began", "tool_ended", "tool_began", "tool_ended"),
        *("said", "turn_ended"),
        *("accepted", "turn_began", "said", "turn_ended"),
    ]
    assert [sign.ref for sign in only(signs, SignKind.ACCEPTED)] == ["prompt", ""]
    assert ending(signs).word is Word.DONE
    assert ending(signs).summary == "Nothing more 3."


def test_titles_and_screens_agree_with_the_hooks() -> None:
    """It is busy and ready by all three; nothing is said twice in a row by the same witness."""
    for name in set(SESSIONS) - {"signed-out"}:
        signs = play(name)
        for source in (Source.TITLE, Source.SCREEN):
            told = [one for one in signs if one.source is source and one.kind is SignKind.BUSY]
            assert told, name
        titles = [one.kind for one in signs if one.source is Source.TITLE]
        assert all(a is not b for a, b in pairwise(titles)), name


def test_it_does_not_wait_before_it_has_begun() -> None:
    """Its box is drawn before it takes up the prompt that it was started with."""
    for name in SESSIONS:
        signs = [one for one in play(name) if one.kind is not SignKind.TROUBLE]
        told = {SignKind.READY, SignKind.BUSY, SignKind.TURN_BEGAN}
        assert next(one.kind for one in signs if one.kind in told) is not SignKind.READY, name
    reader = reader_of()
    assert not reader.look(shown((RECORDINGS / "screens" / "03-idle.txt").read_text()), at=AT)


def test_what_it_cost_is_told_by_its_status_line() -> None:
    """Money is the total; tokens are added up, of which it passes over a call now and then."""
    usage = only(play("hello"), SignKind.SPENT)[-1].usage
    assert usage
    assert usage.cost == pytest.approx(0.03575)
    assert (usage.input_tokens, usage.cached_tokens) == (6000, 1200)


def test_a_permission_is_asked_by_its_hook_and_answered_by_a_digit() -> None:
    """The request has the id of its tool; the dialog's digit answers it."""
    reader = reader_of()
    play_on(reader, "permission", until=SignKind.WANTS_PERMISSION)
    signs = play("permission")
    wanted = only(signs, SignKind.WANTS_PERMISSION)
    assert [one.text.split(":")[0] for one in wanted] == ["Write", "Bash"]
    assert [one.id for one in wanted[0].choices] == ["allow", "always", "deny"]
    settled = {one.ref for one in only(signs, SignKind.SETTLED)}
    assert settled == {one.ref for one in wanted}
    tools = {one.ref for one in only(signs, SignKind.TOOL_BEGAN)}
    assert settled <= tools
    assert pressed(reader.answer(wanted[0].ref, choice="allow")) == b"1"
    assert pressed(reader.answer(wanted[0].ref, choice="always")) == b"2"
    assert reader.answer(wanted[0].ref, choice="perhaps") is None
    assert reader.answer("another", choice="allow") is None


def test_a_refusal_goes_on_with_words() -> None:
    """A No breaks the turn off and nothing would go on, so the agent is told what to do."""
    reader = reader_of()
    ref = only(
        play_on(reader, "permission", until=SignKind.WANTS_PERMISSION), SignKind.WANTS_PERMISSION
    )[0].ref
    keys = pressed(reader.answer(ref, choice="deny"))
    assert keys.startswith(b"\x1b\x1b[200~")
    assert REFUSAL.encode() in keys
    assert b"do other" in pressed(reader.answer(ref, choice="deny", text="do other"))


def test_nothing_is_said_into_an_open_request() -> None:
    """A message would be taken for an answer."""
    reader = reader_of()
    play_on(reader, "permission", until=SignKind.WANTS_PERMISSION)
    assert reader.say("hello", ref="m1") is None


def test_without_hooks_the_screen_asks_for_permission() -> None:
    """It is told once for each dialog, and settled when the dialog has gone."""
    signs = play("permission-without-hooks")
    wanted = only(signs, SignKind.WANTS_PERMISSION)
    assert [one.source for one in wanted] == [Source.SCREEN, Source.SCREEN]
    assert [one.ref for one in only(signs, SignKind.SETTLED)] == [one.ref for one in wanted]
    assert wanted[0].text.startswith("Do you want to create hello.txt?")
    assert [one.grants for one in wanted[0].choices] == [True, True, False]


def test_with_hooks_the_screen_asks_only_if_no_hook_has() -> None:
    """A dialog that stays without being told of is told by the screen, after a while."""
    reader = reader_of()
    reader.hook(HookRecord(event="SessionStart", payload={"session_id": "s"}, at=AT))
    text = (RECORDINGS / "screens" / "ct-04-perm-write.txt").read_text()
    assert not reader.look(shown(text), at=AT)
    [sign] = reader.look(shown(text), at=AT + 4)
    assert (sign.kind, sign.source) == (SignKind.WANTS_PERMISSION, Source.SCREEN)
    assert not reader.look(shown(text), at=AT + 8)
    assert pressed(reader.answer(sign.ref, choice="allow")) == b"1"
    payload = {"tool_name": "Write", "tool_input": {"file_path": "hello.txt"}}
    heard = reader.hook(HookRecord(event="PermissionRequest", payload=payload, at=AT + 9))
    assert (heard[0].kind, heard[0].ref) == (SignKind.SETTLED, sign.ref)


def test_a_request_that_was_escaped_is_over_when_the_screen_says_so() -> None:
    """No hook tells of it, nor that the turn was broken off with it."""
    reader = reader_of()
    signs = play_on(reader, "permission", until=SignKind.WANTS_PERMISSION)
    wanted = only(signs, SignKind.WANTS_PERMISSION)[0]
    idle = (RECORDINGS / "screens" / "ct3-03-perm-escaped.txt").read_text()
    seen = [*reader.look(shown(idle), at=wanted.at + 1)]
    assert [one.ref for one in only(seen, SignKind.SETTLED)] == [wanted.ref]
    assert [one.ok for one in only(seen, SignKind.TURN_ENDED)] == [False]
    assert reader.say("go on", ref="m1")


def test_a_dialog_may_be_drawn_later_than_its_hook() -> None:
    """A box right after the hook settles nothing; one that stays does."""
    reader = reader_of()
    signs = play_on(reader, "permission", until=SignKind.WANTS_PERMISSION)
    wanted = only(signs, SignKind.WANTS_PERMISSION)[0]
    box = (RECORDINGS / "screens" / "ct-03-working.txt").read_text()
    dialog = (RECORDINGS / "screens" / "ct-04-perm-write.txt").read_text()
    assert not only([*reader.look(shown(box), at=wanted.at + 1)], SignKind.SETTLED)
    assert not only([*reader.look(shown(dialog), at=wanted.at + 2)], SignKind.SETTLED)
    after = [*reader.look(shown(box), at=wanted.at + 2.5)]
    assert [one.ref for one in only(after, SignKind.SETTLED)] == [wanted.ref]


def test_a_question_is_answered_by_its_label_or_in_other_words() -> None:
    """A label has a digit; other words cancel the form and are said as a message."""
    reader = reader_of()
    signs = play_on(reader, "question", until=SignKind.ASKED)
    [asked] = only(signs, SignKind.ASKED)
    assert [one.id for one in asked.choices] == ["Red", "Blue"]
    text = (RECORDINGS / "screens" / "t-q-q.txt").read_text()
    reader.look(shown(text), at=asked.at)
    assert pressed(reader.answer(asked.ref, choice="Blue")) == b"2"
    assert b"My answer: green" in pressed(reader.answer(asked.ref, choice="", text="green"))
    assert [one.ref for one in only(play("question"), SignKind.SETTLED)] == [asked.ref]


def test_a_message_in_mid_turn_is_accepted_by_the_screen() -> None:
    """It waits under the spinner; the program's hooks don't tell of it at all."""
    accepted = only(play("steered"), SignKind.ACCEPTED)
    assert [one.source for one in accepted] == [Source.HOOK, Source.SCREEN]


def test_an_interrupt_fires_no_hook_and_is_seen_all_the_same() -> None:
    """By the words that stand there then, or by the prompt that is back in the box."""
    for name in ("interrupted", "interrupted-at-once"):
        signs = play(name, until=SignKind.ACCEPTED, times=2)
        [ended] = only(signs, SignKind.TURN_ENDED)
        assert (ended.ok, ended.text, ended.source) == (False, "interrupted", Source.SCREEN)
        assert ending(signs[: signs.index(ended) + 1], exit_code=143).word is Word.GAVE_UP
    restored = only(play("interrupted-at-once"), SignKind.READY)
    assert "its input box holds: go" in [one.text for one in restored]


def test_the_box_is_emptied_before_something_is_said() -> None:
    """A restored prompt would become a part of the message."""
    reader = reader_of()
    reader.look(shown((RECORDINGS / "screens" / "cu4-02-interrupted.txt").read_text()), at=AT)
    assert pressed(reader.say("hello", ref="m1")).startswith(b"\x15\x15\x7f\x1b[200~hello")
    assert pressed(reader.close()).startswith(b"\x15\x15\x7f/exit")


def test_a_message_is_never_run_by_a_shell() -> None:
    """The program runs what begins with an exclamation mark, even when it is pasted."""
    reader = reader_of()
    reader.look(shown((RECORDINGS / "screens" / "ct-01-idle.txt").read_text()), at=AT)
    assert pressed(reader.say("!rm -rf x", ref="m1")).startswith(b"\x1b[200~ !rm")
    reader.look(shown((RECORDINGS / "screens" / "t-hello-bang.txt").read_text()), at=AT)
    assert pressed(reader.say("hello", ref="m1")).startswith(b"\x15")


def test_nothing_is_said_before_there_is_a_box() -> None:
    """A program that starts, or has ended, takes nothing; Escape only breaks off what runs."""
    reader = reader_of()
    assert reader.say("hello", ref="m1") is None
    assert reader.interrupt() is None
    assert pressed(reader.close()) == b"/exit\r"
    reader.look(shown((RECORDINGS / "screens" / "ct-03-working.txt").read_text()), at=AT)
    assert pressed(reader.interrupt()) == b"\x1b"


@pytest.mark.parametrize("name", ["worker-in-background", "command-in-background"])
def test_workers_outlive_a_turn(name: str) -> None:
    """What it says to itself then begins a turn, and is no message of anybody."""
    signs = hooked(play(name))
    [began], [ended] = only(signs, SignKind.WORKER_BEGAN), only(signs, SignKind.WORKER_ENDED)
    places = [signs.index(one) for one in (began, ended)]
    first, second = (signs.index(one) for one in only(signs, SignKind.TURN_ENDED))
    assert began.ref == ended.ref
    assert places[0] < first < places[1] < second
    # There is no moment in which nothing is under way.
    assert signs[places[1] - 1].kind is SignKind.TURN_BEGAN
    assert all(one.ok for one in only(signs, SignKind.TOOL_ENDED))
    assert len(only(signs, SignKind.ACCEPTED)) == 1


@pytest.mark.parametrize(
    ("name", "trouble", "source"),
    [
        ("429-for-ever", Trouble.RATE_LIMIT, Source.HOOK),
        ("401", Trouble.SIGNED_OUT, Source.HOOK),
        ("signed-out", Trouble.SIGNED_OUT, Source.HOOK),
        ("429-without-hooks", Trouble.RATE_LIMIT, Source.SCREEN),
    ],
)
def test_an_error_ends_a_turn(name: str, trouble: Trouble, source: Source) -> None:
    """By its hook, or by its own last line on the screen where there are none."""
    signs = play(name)
    last = only(signs, SignKind.TROUBLE)[-1]
    assert (last.trouble, last.source) == (trouble, source)
    assert ending(signs, exit_code=143).word is Word.HELD


def test_retries_are_told_once_each() -> None:
    """The line counts down in between."""
    retries = only(play("429-for-ever"), SignKind.RETRYING)
    assert [one.ref for one in retries] == ["3/5", "4/5", "5/5"]
    assert all(one.until and one.until > one.at for one in retries)


def test_a_known_dialog_is_told_with_its_keys_and_settled() -> None:
    """It is told again only if it comes again."""
    reader = reader_of()
    trust = (RECORDINGS / "screens" / "01-first.txt").read_text()
    idle = (RECORDINGS / "screens" / "03-idle.txt").read_text()
    [dialog] = reader.look(shown(trust), at=AT)
    assert (dialog.kind, dialog.ref, dialog.keys) == (SignKind.DIALOG, "claude/trust", b"1")
    assert reader.say("hello", ref="m1") is None
    assert not reader.look(shown(trust), at=AT + 1)
    assert kinds(list(reader.look(shown(idle), at=AT + 2))) == ["settled"]
    assert kinds(list(reader.look(shown(trust), at=AT + 3))) == ["dialog"]


def test_a_program_that_cant_reach_anybody_says_so() -> None:
    """It is a trouble, not a dialog that somebody could answer."""
    text = (RECORDINGS / "screens" / "01-theme.txt").read_text()
    [sign] = reader_of().look(shown(text), at=AT)
    assert (sign.kind, sign.trouble) == (SignKind.TROUBLE, Trouble.NETWORK)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_is_read_the_same_again(name: str) -> None:
    """A daemon that starts again comes to the same place."""
    assert play(name) == play(name)


def test_hooks_that_tell_nonsense_are_passed_over() -> None:
    """No field is where it should be, or none is of the kind that it should be."""
    reader = reader_of()
    for event in ("Stop", "PreToolUse", "PermissionRequest", "StatusLine", "SubagentStop", "?"):
        for payload in ({}, {"tool_input": 7, "background_tasks": {"a": 1}, "cost": []}):
            reader.hook(HookRecord(event=event, payload=payload, at=AT))
