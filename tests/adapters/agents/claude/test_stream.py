"""Claude Code's stream of JSON, as it was recorded from the real program."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orch.adapters.agents.claude.stream import StreamReader
from orch.core.signs import Sign, SignKind, Trouble
from orch.ports.agent import Word
from orch.ports.session_host import EndOfInput, Stretch
from tests.adapters.agents.claude.played import (
    AT,
    RECORDINGS,
    ending,
    kinds,
    only,
    order,
    play,
    stretches,
)


def test_a_whole_task_is_told_step_by_step() -> None:
    """A prompt, two tools and a last word make just these signs."""
    signs = play("hello")
    assert kinds(signs) == [
        "conversation",
        "turn_began",
        "accepted",
        "said",
        "tool_began",
        "tool_ended",
        "said",
        "tool_began",
        "tool_ended",
        "said",
        "turn_ended",
        "finished",
        "ready",
    ]
    assert only(signs, SignKind.ACCEPTED)[0].ref == "prompt"
    assert only(signs, SignKind.FINISHED)[0].text == "Done."
    assert ending(signs).word is Word.DONE
    assert ending(signs).summary == "Done."


def test_what_was_spent_is_a_total_of_the_session() -> None:
    """Tokens are told while it works, and money, turns and all tokens at a turn's end."""
    spent = [sign.usage for sign in only(play("hello"), SignKind.SPENT) if sign.usage]
    last = spent[-1]
    assert (last.input_tokens, last.cached_tokens, last.output_tokens) == (4500, 900, 120)
    assert last.cost == pytest.approx(0.02145)
    assert last.turns == 3
    assert spent[0].input_tokens == 1500
    assert [one.input_tokens for one in spent] == sorted(one.input_tokens for one in spent)


def test_two_turns_add_up() -> None:
    """The money of a second turn comes on top, at the rate of the first until it is known."""
    spent = [one.usage for one in only(play("worker-in-background"), SignKind.SPENT) if one.usage]
    costs = [one.cost for one in spent if one.cost is not None]
    assert costs == sorted(costs)
    assert costs[-1] == pytest.approx(0.03575)
    assert spent[-1].turns == 3


def test_a_permission_request_is_open_until_it_was_answered() -> None:
    """It can be answered while it is open, and is settled by the answer in what was written."""
    reader = StreamReader(order())
    signs = play("permission", reader=reader, until='"can_use_tool"')
    wanted = only(signs, SignKind.WANTS_PERMISSION)[0]
    assert wanted.text == "Write: /srv/work/ask/hello.txt"
    assert [(one.id, one.grants) for one in wanted.choices] == [
        ("allow", True),
        ("always", True),
        ("deny", False),
    ]
    assert reader.answer(wanted.ref, choice="perhaps") is None
    writing = reader.answer(wanted.ref, choice="deny", text="not now")
    assert writing
    data = writing.strokes[0].what
    assert isinstance(data, bytes)
    told = json.loads(data)["response"]
    assert told["request_id"] == wanted.ref
    assert told["response"] == {"behavior": "deny", "message": "not now"}
    settled = reader.read(_written(data), at=AT)
    assert kinds(settled) == ["settled"]
    assert reader.answer(wanted.ref, choice="allow") is None


def test_a_reader_that_begins_anew_finds_the_open_request() -> None:
    """What a daemon that was killed had open is open again after reading the same bytes."""
    first = play("permission", until='"can_use_tool"')
    reader = StreamReader(order())
    assert play("permission", reader=reader, until='"can_use_tool"') == first
    ref = only(first, SignKind.WANTS_PERMISSION)[0].ref
    assert reader.answer(ref, choice="always")


def test_a_lasting_yes_carries_the_rules_that_it_suggested() -> None:
    """`always` gives the program its own suggestions back."""
    reader = StreamReader(order())
    signs = play("permission-raw", reader=reader, until='"tool_name":"Bash"')
    writing = reader.answer(only(signs, SignKind.WANTS_PERMISSION)[-1].ref, choice="always")
    assert writing
    told = json.loads(writing.strokes[0].what)["response"]["response"]  # type: ignore[arg-type]
    assert told["updatedPermissions"][0]["behavior"] == "allow"
    assert told["updatedInput"]["command"].startswith("git add")


def test_a_question_is_asked_with_its_choices() -> None:
    """The agent's question to a person is no permission request, and is answered by a label."""
    reader = StreamReader(order())
    signs = play("question", reader=reader, until='"can_use_tool"')
    asked = only(signs, SignKind.ASKED)[0]
    assert asked.text.startswith("Which colour?")
    assert [one.id for one in asked.choices] == ["Red", "Blue"]
    writing = reader.answer(asked.ref, choice="Blue")
    assert writing
    told = json.loads(writing.strokes[0].what)["response"]["response"]  # type: ignore[arg-type]
    assert told["updatedInput"]["answers"] == {"Which colour?": "Blue"}


def test_several_questions_are_answered_line_by_line() -> None:
    """Two questions at once take two lines; one line answers both."""
    reader = StreamReader(order())
    asked = only(play("questions", reader=reader, until='"can_use_tool"'), SignKind.ASKED)[0]
    assert asked.choices == ()
    both = reader.answer(asked.ref, choice="", text="Red\nS, L")
    assert both
    told = json.loads(both.strokes[0].what)["response"]["response"]  # type: ignore[arg-type]
    assert told["updatedInput"]["answers"] == {"Which colour?": "Red", "Which sizes?": "S, L"}


def test_a_message_in_mid_turn_is_taken_up_after_the_tool() -> None:
    """It is accepted by its own id, in the same turn, which then ends once."""
    signs = play("steered")
    assert [one.ref for one in only(signs, SignKind.ACCEPTED)] == ["prompt", "m7"]
    assert len(only(signs, SignKind.TURN_BEGAN)) == 1
    assert len(only(signs, SignKind.FINISHED)) == 1


def test_a_turn_that_ends_before_a_message_was_taken_is_not_the_last() -> None:
    """A message that crosses with a turn's end withholds the last word."""
    reader = StreamReader(order())
    signs: Sequence[Sign] = ()
    for stretch in stretches("hello"):
        if b'"type":"result"' in stretch.data:
            writing = reader.say("one more thing", ref="m9")
            assert writing
            # What was taken up is told by itself: the pipe alone proves nothing.
            assert writing.confirms == {SignKind.ACCEPTED}
            reader.read(_written(writing.strokes[0].what), at=AT)
        signs = reader.read(stretch, at=AT)
    assert kinds(signs) == ["turn_ended"]


def test_an_interrupt_ends_a_turn_without_trouble() -> None:
    """The error that it reports of an interrupted turn is none, and a new message goes on."""
    signs = play("interrupted")
    ended = only(signs, SignKind.TURN_ENDED)
    assert [(one.ok, one.text) for one in ended] == [(False, "interrupted"), (True, "Slept.")]
    assert not only(signs, SignKind.TROUBLE)
    assert [one.ref for one in only(signs, SignKind.ACCEPTED)] == ["prompt", "m8"]
    assert ending(signs).word is Word.DONE


def test_an_interrupt_settles_what_was_open() -> None:
    """A permission request is not open after its turn was broken off, and the end says so."""
    reader = StreamReader(order())
    signs = play("interrupted-at-permission", reader=reader)
    wanted = only(signs, SignKind.WANTS_PERMISSION)[0]
    assert [one.ref for one in only(signs, SignKind.SETTLED)] == [wanted.ref]
    assert reader.answer(wanted.ref, choice="allow") is None
    assert ending(signs, exit_code=1).reason == "claude was interrupted, and ended with exit 1"


def test_interrupts_have_ids_that_come_out_the_same() -> None:
    """There is none outside of a turn, and the second is not named like the first."""
    reader = StreamReader(order())
    assert reader.interrupt() is None
    play("interrupted", reader=reader, until='"tool_use"')
    writing = reader.interrupt()
    assert writing
    first = writing.strokes[0].what
    assert isinstance(first, bytes)
    reader.read(_written(first), at=AT)
    second = reader.interrupt()
    assert second
    assert second.strokes[0].what == first.replace(b"interrupt-1", b"interrupt-2")


def test_sub_agents_are_workers() -> None:
    """A sub-agent begins and ends once, and what it says is not the agent's own word."""
    signs = play("worker")
    [began] = only(signs, SignKind.WORKER_BEGAN)
    [ended] = only(signs, SignKind.WORKER_ENDED)
    assert began.ref == ended.ref
    assert [one.text for one in only(signs, SignKind.SAID)] == ["I delegate.", "Sub done."]


def test_a_turn_that_leaves_a_worker_behind_is_not_the_end() -> None:
    """A turn ends while a sub-agent works in the background: the last word comes with the next."""
    signs = play("worker-in-background")
    assert len(only(signs, SignKind.TURN_ENDED)) == 2
    [finished] = only(signs, SignKind.FINISHED)
    assert finished.text == "Saw its end."
    before = play("worker-in-background", until='"result":"Started it."')
    assert not only(before, SignKind.FINISHED)


def test_a_command_in_the_background_is_a_worker() -> None:
    """The program tells it as done at once; the turn that ends meanwhile is not the last."""
    before = play("command-in-background", until='"result":"Started it."')
    assert len(only(before, SignKind.WORKER_BEGAN)) == 1
    assert not only(before, SignKind.FINISHED)
    signs = play("command-in-background")
    assert [one.ok for one in only(signs, SignKind.WORKER_ENDED)] == [True]
    assert len(only(signs, SignKind.FINISHED)) == 1


@pytest.mark.parametrize("name", ["command-in-background", "worker-in-background"])
def test_there_is_no_moment_without_anything_under_way(name: str) -> None:
    """A worker that ends after the turn is told once the turn has begun that it causes."""
    told = kinds(play(name))
    assert told[told.index("worker_ended") - 1] == "turn_began"


@pytest.mark.parametrize(
    ("name", "trouble", "word"),
    [
        ("429-for-ever", Trouble.RATE_LIMIT, Word.HELD),
        ("401", Trouble.SIGNED_OUT, Word.HELD),
        ("no-such-model", Trouble.NO_SUCH_MODEL, Word.HELD),
        ("500", Trouble.SERVER, Word.GAVE_UP),
        ("hang", Trouble.NETWORK, Word.GAVE_UP),
        ("context-full", Trouble.CONTEXT_FULL, Word.GAVE_UP),
        ("id-in-use", Trouble.OTHER, Word.GAVE_UP),
        ("no-conversation", Trouble.OTHER, Word.GAVE_UP),
    ],
)
def test_an_error_ends_with_its_own_words(name: str, trouble: Trouble, word: Word) -> None:
    """Each error is told by its kind; its result's `subtype` says success all the same."""
    signs = play(name)
    assert not only(signs, SignKind.FINISHED)
    assert only(signs, SignKind.TROUBLE)[-1].trouble is trouble
    end = ending(signs, exit_code=1)
    assert end.word is word
    assert end.trouble is trouble
    assert end.reason.startswith("claude: ")


@pytest.mark.parametrize("name", ["429-twice", "529-twice", "drop", "drop-in-mid-stream"])
def test_an_error_that_mends_itself_is_no_trouble(name: str) -> None:
    """What it tried again by itself ends well."""
    signs = play(name)
    assert not only(signs, SignKind.TROUBLE)
    assert ending(signs).word is Word.DONE
    for retry in only(signs, SignKind.RETRYING):
        assert retry.trouble in {Trouble.RATE_LIMIT, Trouble.OVERLOADED, Trouble.NETWORK}
        assert retry.until
        assert retry.until > AT


def test_a_stream_that_stalls_shows_nothing_and_is_not_believed() -> None:
    """A session that was ended while its provider hung gave up, whatever it exited with."""
    signs = play("hang-in-mid-stream")
    assert kinds(signs) == ["conversation", "turn_began"]
    assert ending(signs).word is Word.GAVE_UP


def test_a_limit_of_the_subscription_holds_until_it_resets() -> None:
    """The program's event of a limit tells when it ends; one that is only near says nothing."""
    reader = StreamReader(order())
    info = {"status": "rejected", "resetsAt": 1795260000, "rateLimitType": "five_hour"}
    event = {"type": "rate_limit_event", "rate_limit_info": info}
    [limited] = reader.read(_came(event), at=AT)
    assert (limited.kind, limited.until) == (SignKind.LIMITED, 1795260000.0)
    assert limited.trouble is Trouble.USAGE_LIMIT
    near = {**event, "rate_limit_info": {**info, "status": "allowed_warning"}}
    assert not reader.read(_came(near), at=AT)
    result = {"type": "result", "is_error": True, "result": "You've hit your session limit"}
    last = reader.read(_came(result), at=AT)[-2]
    assert (last.kind, last.until) == (SignKind.LIMITED, 1795260000.0)
    assert ending([last], exit_code=1).until == 1795260000.0


def test_a_request_that_is_not_known_is_refused() -> None:
    """Nobody waits for an answer that never comes."""
    reader = StreamReader(order())
    request = {"subtype": "request_user_dialog"}
    event = {"type": "control_request", "request_id": "r9", "request": request}
    assert not reader.read(_came(event), at=AT)
    [reply] = [one for one in reader.replies() if one.id == "refused/r9"]
    assert json.loads(reply.data)["response"]["subtype"] == "error"


def test_the_prompt_is_the_first_message() -> None:
    """The protocol is opened, then the prompt is said; both are the same in each new reader."""
    replies = StreamReader(order(prompt="build it")).replies()
    assert [one.id for one in replies] == ["initialize", "prompt"]
    said = json.loads(replies[1].data)
    assert said["message"]["content"] == [{"type": "text", "text": "build it"}]
    assert StreamReader(order(prompt="build it")).replies() == replies
    other = StreamReader(replace(order(prompt="build it"), task=replace(order().task, id="t2")))
    assert json.loads(other.replies()[1].data)["uuid"] != said["uuid"]


def test_closing_ends_its_input() -> None:
    """It exits by itself once nothing more can come."""
    writing = StreamReader(order()).close()
    assert writing
    assert isinstance(writing.strokes[0].what, EndOfInput)


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDINGS.glob("*.wire")))
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_pieces_cut_anywhere_give_the_same_signs(name: str, data: st.DataObject) -> None:
    """However a host cuts what it read, the signs are the same."""
    reader = StreamReader(order())
    signs: list[Sign] = []
    serial = 0
    for stretch in stretches(name):
        cut = data.draw(st.integers(0, len(stretch.data)))
        for piece in (stretch.data[:cut], stretch.data[cut:]):
            serial += 1
            number = serial if stretch.serial else 0
            signs += reader.read(replace(stretch, data=piece, serial=number), at=AT)
    assert signs == play(name)


def _written(data: object) -> Stretch:
    """Say that this was written to the program."""
    assert isinstance(data, bytes)
    last = max(stretch.serial for stretch in stretches("permission"))
    first = next(iter(stretches("permission")))
    return replace(first, data=data, serial=last + 100 + len(data))


def _came(event: Mapping[str, object]) -> Stretch:
    """Say that this came out of the program."""
    came = next(one for one in stretches("hello") if not one.serial)
    return replace(came, data=json.dumps(event).encode() + b"\n")
