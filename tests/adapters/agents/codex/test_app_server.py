"""Prove what Codex's app server is read as and answered with, on what it really printed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.adapters.agents.codex.agent import CodexAgent
from orch.adapters.agents.codex.app_server import AppServerReader
from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind, Trouble
from orch.ports.agent import Ending, Word
from orch.ports.session_host import Direction, EndOfInput, Stretch
from tests.adapters.agents.readings import cuts, ended, first, kinds, order
from tests.adapters.agents.wires import play, stretches

RECORDINGS = Path(__file__).parent / "recordings"
ALL = sorted(path.stem for path in RECORDINGS.glob("*.wire"))
ASKING = frozenset({"allowed", "asked", "cancelled", "declined"})
DONE = "Done: hello.txt is written and committed."


def reader_of(name: str) -> AppServerReader:
    """Make the reader that a recorded session was started with."""
    profile = AgentProfile(
        name="codex",
        adapter="codex",
        model="gpt-5.1-codex",
        permission_mode="ask" if name in ASKING else "bypass",
    )
    known = {
        "resumed": _opened(name),
        "no-such-thread": "01a1fd49-3f8a-7eb3-8a95-bd75a8970000",
    }
    prompt = "go on" if name == "resumed" else "go"
    ordered = order(profile, conversation=known.get(name), prompt=prompt)
    return AppServerReader(replace(ordered, workspace="/srv/task"))


def _opened(name: str) -> str:
    lines = (RECORDINGS / f"{name}.wire").read_text(encoding="utf-8").splitlines()
    opening = next(json.loads(line[2:]) for line in lines if '"id":"thread"' in line)
    return str(opening["params"].get("threadId", ""))


def read(name: str) -> list[Sign]:
    """Read a recording to its end."""
    return play(reader_of(name), stretches(RECORDINGS / f"{name}.wire"))


def ending(name: str) -> Ending:
    """Read how a recorded session ended."""
    return CodexAgent().ending(ended(read(name)))


def test_a_permission_that_was_given() -> None:
    """A command that needs more is asked for with its reason, settled, and the turn goes on."""
    signs = read("allowed")
    assert [kind for kind in kinds(signs) if kind != "progress"] == [
        *("conversation", "turn_began", "accepted", "said", "tool_began", "tool_ended", "spent"),
        *("said", "tool_began", "wants_permission", "settled", "tool_ended", "spent"),
        *("said", "spent", "turn_ended", "finished"),
    ]
    wanted = first(signs, SignKind.WANTS_PERMISSION)
    assert wanted.text == "git add -A && git commit -qm scripted (commit needs .git)"
    assert [(one.id, one.grants) for one in wanted.choices] == [
        ("accept", True),
        ("acceptWithExecpolicyAmendment", True),
        ("decline", False),
        ("cancel", False),
    ]
    assert first(signs, SignKind.SETTLED).ref == wanted.ref
    assert (ending("allowed").word, ending("allowed").summary) == (Word.DONE, DONE)


def test_usage_is_the_total_of_the_session() -> None:
    """Tokens add up over the turn, those from the cache among the input."""
    last = [sign.usage for sign in read("allowed") if sign.usage][-1]
    assert (last.input_tokens, last.cached_tokens, last.output_tokens) == (4500, 900, 120)
    assert (last.turns, last.model, last.measured) == (1, "gpt-5.1-codex", True)


def test_a_resumed_thread_brings_no_old_tokens() -> None:
    """The thread's own total counts its past; the session's does not."""
    signs = read("resumed")
    last = [sign.usage for sign in signs if sign.usage][-1]
    assert (last.input_tokens, last.output_tokens) == (1500, 40)
    assert first(signs, SignKind.CONVERSATION).ref == _opened("resumed")


@pytest.mark.parametrize("name", ["declined", "cancelled"])
def test_a_permission_that_was_refused(name: str) -> None:
    """The command is told as not done; to cancel ends the turn, which is no success."""
    signs = read(name)
    tool = [sign for sign in signs if sign.kind is SignKind.TOOL_ENDED][-1]
    assert not tool.ok
    turn = first(signs, SignKind.TURN_ENDED)
    assert turn.ok is (name == "declined")


def test_a_question() -> None:
    """A question comes with its options, and is settled by the answer."""
    signs = read("asked")
    asked = first(signs, SignKind.ASKED)
    assert asked.text == "Which colour?"
    assert [one.id for one in asked.choices] == ["red", "blue"]
    assert first(signs, SignKind.SETTLED).ref == asked.ref


def test_a_command_that_fails_is_no_success() -> None:
    """A tool's own status and exit code are told; the agent may go on."""
    tool = first(read("failing-command"), SignKind.TOOL_ENDED)
    assert (tool.text, tool.ok) == ("exit 3", False)


def test_sub_agents_are_workers() -> None:
    """What a sub-agent's thread tells is a worker's, and its tokens are the session's."""
    signs = read("worker")
    began, ended_ = first(signs, SignKind.WORKER_BEGAN), first(signs, SignKind.WORKER_ENDED)
    assert began.ref == ended_.ref != first(signs, SignKind.CONVERSATION).ref
    assert kinds(signs).count("turn_ended") == 1
    last = [sign.usage for sign in signs if sign.usage][-1]
    calls = kinds(signs).count("said") + 1
    assert last.input_tokens == 1500 * calls


@pytest.mark.parametrize(
    ("name", "kind", "trouble", "word"),
    [
        ("signed-out", SignKind.TROUBLE, Trouble.SIGNED_OUT, Word.HELD),
        ("rate-limit", SignKind.LIMITED, Trouble.RATE_LIMIT, Word.HELD),
        ("usage-limit", SignKind.LIMITED, Trouble.USAGE_LIMIT, Word.HELD),
        ("no-such-model", SignKind.TROUBLE, Trouble.NO_SUCH_MODEL, Word.HELD),
        ("server-error", SignKind.TROUBLE, Trouble.SERVER, Word.GAVE_UP),
    ],
)
def test_errors(name: str, kind: SignKind, trouble: Trouble, word: Word) -> None:
    """An error is known by its kind or code, and says whether trying again would help."""
    assert first(read(name), kind).trouble is trouble
    assert (ending(name).word, ending(name).trouble) == (word, trouble)


def test_retries_are_told() -> None:
    """While it tries again by itself nothing has failed; after a drop it goes on."""
    signs = read("dropped")
    assert first(signs, SignKind.RETRYING).trouble is Trouble.NETWORK
    assert ending("dropped").word is Word.DONE
    assert kinds(read("rate-limit")).count("retrying") == 5


def test_a_usage_limit_says_until_when() -> None:
    """The time stands in Codex's own words, in the machine's zone."""
    limited = first(read("usage-limit"), SignKind.LIMITED)
    assert limited.until is not None
    assert limited.until % 60 == 0
    assert ending("usage-limit").until == limited.until


def test_a_thread_that_is_not_there() -> None:
    """A conversation that can't be resumed ends the session with Codex's own words."""
    assert "no rollout found" in ending("no-such-thread").reason


def test_an_interrupted_turn_is_no_last_word() -> None:
    """The turn ends without success, and what is said then begins another."""
    signs = read("interrupted")
    turns = [sign for sign in signs if sign.kind is SignKind.TURN_ENDED]
    assert [turn.ok for turn in turns] == [False, True]
    assert kinds(signs).count("finished") == 1


def test_a_message_in_mid_turn_is_accepted() -> None:
    """What is put into the turn is known by its id as soon as the server has it, and once."""
    accepted = [sign.ref for sign in read("steered") if sign.kind is SignKind.ACCEPTED]
    assert accepted == ["prompt", "m1"]


def test_what_a_broken_turn_never_read_is_said_again() -> None:
    """Codex drops what it took in and had not read; so it begins the next turn."""
    reader = reader_of("steer-lost")
    signs = play(reader, stretches(RECORDINGS / "steer-lost.wire"))
    again = [one for one in reader.replies() if one.id == "say-again:m1"]
    assert json.loads(again[0].data)["params"]["input"][0]["text"] == "also do that"
    assert [sign.ref for sign in signs if sign.kind is SignKind.ACCEPTED].count("m1") == 1


def test_a_message_that_came_too_late_is_said_again() -> None:
    """The server refuses to steer a turn that is over; then the message begins one."""
    reader = reader_of("steered")
    told = stretches(RECORDINGS / "steered.wire")
    play(reader, told)
    steer = next(one for one in told if b"turn/steer" in one.data)
    play(reader, [replace(steer, serial=99)])
    refused = b'{"id":"say:m1","error":{"code":-32600,"message":"no active turn to steer"}}\n'
    play(reader, [Stretch(direction=Direction.OUT, offset=0, data=refused)])
    again = next(one for one in reader.replies() if one.id == "say-again:m1")
    assert json.loads(again.data)["method"] == "turn/start"


@given(name=st.sampled_from(ALL), at=cuts())
def test_cut_anywhere(name: str, at: list[int]) -> None:
    """Where the pieces of the output end makes no difference to signs or replies."""
    path = RECORDINGS / f"{name}.wire"
    whole, cut = reader_of(name), reader_of(name)
    assert play(cut, stretches(path, cuts=at)) == play(whole, stretches(path))
    assert cut.replies() == whole.replies()


@pytest.mark.parametrize("name", ALL)
def test_a_daemon_that_died_comes_to_the_same_place(name: str) -> None:
    """Whatever the moment: what was wanted stays wanted, and is what was written then."""
    told = stretches(RECORDINGS / f"{name}.wire")
    living = reader_of(name)
    for n, one in enumerate(told):
        before = living.replies()
        again = reader_of(name)
        play(again, told[:n])
        assert again.replies() == before
        if one.direction is Direction.IN and not _is_of_a_person(one.data):
            assert one.data in [reply.data for reply in before]
        living.read(one, at=1000.0)


def _is_of_a_person(data: bytes) -> bool:
    message = json.loads(data)
    said = str(message.get("id")).startswith(("say:", "interrupt:"))
    return said or ("method" not in message)


def test_what_can_be_said_and_when() -> None:
    """Nothing before the first turn; then into it, with an id that proves its delivery."""
    reader = reader_of("steered")
    assert reader.say("hello", ref="m1") is None
    assert reader.interrupt() is None
    told = stretches(RECORDINGS / "steered.wire")
    begun = next(n for n, one in enumerate(told) if b"turn/started" in one.data)
    play(reader, told[: begun + 1])
    said = reader.say("also do that", ref="m1")
    assert said is not None
    assert said.confirms == {SignKind.ACCEPTED}
    assert [one.what for one in said.strokes] == [
        one.data for one in told if b"turn/steer" in one.data
    ]
    stopped = reader.interrupt()
    assert stopped is not None
    assert b"turn/interrupt" in bytes(stopped.strokes[0].what)  # type: ignore[arg-type]


def test_answers_are_those_that_were_recorded() -> None:
    """A choice is worded as the server took it; nothing is answered twice."""
    for name, choice in [("allowed", "accept"), ("cancelled", "cancel"), ("asked", "blue")]:
        reader = reader_of(name)
        told = stretches(RECORDINGS / f"{name}.wire")
        answer = next(
            n for n, one in enumerate(told) if one.data.startswith(b'{"jsonrpc":"2.0","id":0')
        )
        play(reader, told[:answer])
        given_ = reader.answer("request-0", choice=choice)
        assert given_ is not None
        assert given_.strokes[0].what == told[answer].data
        play(reader, told[answer:])
        assert reader.answer("request-0", choice=choice) is None


def test_words_with_a_refusal_are_put_into_the_turn() -> None:
    """A person may say what to do instead."""
    reader = reader_of("declined")
    told = stretches(RECORDINGS / "declined.wire")
    wanted = next(n for n, one in enumerate(told) if b"requestApproval" in one.data)
    play(reader, told[: wanted + 1])
    answered = reader.answer("request-0", choice="decline", text="Use another way.")
    assert answered is not None
    assert b"Use another way." in bytes(answered.strokes[1].what)  # type: ignore[arg-type]


def test_nobody_is_asked_where_all_is_allowed() -> None:
    """In bypass a request that comes nevertheless is answered by the reader itself."""
    profile = AgentProfile(name="codex", adapter="codex")
    reader = AppServerReader(order(profile, prompt="go"))
    play(reader, stretches(RECORDINGS / "allowed.wire"))
    reply = next(one for one in reader.replies() if one.id == "request-0")
    assert json.loads(reply.data)["result"] == {"decision": "accept"}


def test_a_request_of_another_kind_is_refused() -> None:
    """The server never waits for what orch can't give."""
    reader = reader_of("steered")
    data = b'{"id":7,"method":"item/tool/call","params":{}}\n'
    assert play(reader, [Stretch(direction=Direction.OUT, offset=0, data=data)]) == []
    assert json.loads(reader.replies()[-1].data)["error"]["code"] == -32601


def test_closing_ends_its_input() -> None:
    """The server exits at the end of its input."""
    closed = reader_of("steered").close()
    assert closed is not None
    assert closed.strokes[0].what == EndOfInput()
