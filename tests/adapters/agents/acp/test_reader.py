"""Prove what agents that speak ACP are read as and answered with, on what they really said."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.adapters.agents.acp.agent import AcpAgent
from orch.adapters.agents.acp.dialect import Dialect
from orch.adapters.agents.acp.reader import AcpReader
from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind, Trouble
from orch.ports.agent import Mode, Word
from orch.ports.session_host import Direction, EndOfInput, Stretch
from tests.adapters.agents.readings import cuts, ended, first, kinds, order
from tests.adapters.agents.wires import play, stretches

RECORDINGS = Path(__file__).parent / "recordings"
ALL = sorted(path.stem for path in RECORDINGS.glob("*.wire"))
OWN = [
    name for name in ALL if name not in {"claude-agent-acp", "codex-acp-full", "kimi", "kimi-code"}
]
"""Recorded with this reader; the others with another client, which offered files."""


def reader_of(name: str, **changes: object) -> AcpReader:
    """Make the reader that a recorded session was started with."""
    asks = "ask" if name == "gemini-denied" else "bypass"
    profile = replace(AgentProfile(name="acp", adapter="acp", permission_mode=asks), **changes)  # type: ignore[arg-type]
    opening = next(json.loads(one.data) for one in written(name) if b'"session/' in one.data)
    session = opening["params"].get("sessionId") if opening["method"] == "session/load" else None
    prompt = "again" if session and name != "gemini-no-such-session" else "go"
    ordered = order(profile, mode=Mode.ACP, conversation=session, prompt=prompt)
    return AcpReader(replace(ordered, workspace="/srv/task"), Dialect())


def written(name: str) -> list[Stretch]:
    """List what was written in a recorded session."""
    return [one for one in told(name) if one.direction is Direction.IN]


def told(name: str) -> list[Stretch]:
    """Read a recording."""
    return stretches(RECORDINGS / f"{name}.wire")


def read(name: str) -> list[Sign]:
    """Read a recording to its end."""
    return play(reader_of(name), told(name))


@pytest.mark.parametrize(
    "name", ["claude-agent-acp", "codex-acp-full", "copilot", "kimi-code", "opencode", "qwen"]
)
def test_a_task_of_each_agent(name: str) -> None:
    """Every agent begins its turn, says so, uses tools that end well, and has a last word."""
    signs = read(name)
    seen = kinds(signs)
    assert seen[:3] == ["conversation", "turn_began", "accepted"]
    tools = [sign for sign in signs if sign.kind is SignKind.TOOL_ENDED]
    assert len(tools) == 2
    assert all(tool.ok for tool in tools)
    begun = {sign.ref for sign in signs if sign.kind is SignKind.TOOL_BEGAN}
    assert begun == {tool.ref for tool in tools}
    assert "git add -A && git commit" in tools[1].text
    said = [sign.text for sign in signs if sign.kind is SignKind.SAID]
    assert "Done: hello.txt is written and committed." in said
    last = AcpAgent().ending(ended(signs))
    assert last.word is Word.DONE


def test_requests_are_settled_by_their_answers() -> None:
    """A request comes with the agent's own options, and is open until it is answered."""
    signs = read("gemini-denied")
    wanted = first(signs, SignKind.WANTS_PERMISSION)
    assert wanted.text == "Writing to hello.txt"
    assert [(one.id, one.grants) for one in wanted.choices] == [
        ("proceed_always", True),
        ("proceed_once", True),
        ("cancel", False),
    ]
    assert kinds(signs).count("settled") == kinds(signs).count("wants_permission") == 2
    assert "tool_began" not in kinds(signs)


def test_an_answer_is_that_which_was_recorded() -> None:
    """A choice is worded as the agent took it; nothing is answered twice."""
    reader, all_told = reader_of("gemini-denied"), told("gemini-denied")
    at = next(n for n, one in enumerate(all_told) if b'"outcome"' in one.data and one.serial)
    play(reader, all_told[:at])
    answered = reader.answer("request-0", choice="cancel")
    assert answered is not None
    assert json.loads(bytes(answered.strokes[0].what)) == json.loads(all_told[at].data)  # type: ignore[arg-type]
    play(reader, all_told[at:])
    assert reader.answer("request-0", choice="cancel") is None


def test_what_is_spent() -> None:
    """Money is the agent's total; tokens add up over turns; nothing told is not measured."""
    usage = {name: [one.usage for one in read(name) if one.usage][-1] for name in _SPENT}
    claude, gemini = usage["claude-agent-acp"], usage["gemini-two-turns"]
    assert claude.cost == pytest.approx(0.0286)
    assert (claude.input_tokens, claude.cached_tokens, claude.output_tokens) == (6000, 1200, 160)
    assert (gemini.input_tokens, gemini.output_tokens, gemini.turns) == (6000, 160, 2)
    assert gemini.model == "gemini-2.5-flash"
    assert usage["opencode"].measured
    assert not usage["qwen"].measured


_SPENT = ("claude-agent-acp", "gemini-two-turns", "opencode", "qwen")


@pytest.mark.parametrize("name", ["gemini-signed-out", "qwen-signed-out", "kimi"])
def test_who_is_not_signed_in_is_held(name: str) -> None:
    """An agent that wants a sign-in, for which no variable is there, waits for a person."""
    signs = read(name)
    assert first(signs, SignKind.TROUBLE).trouble is Trouble.SIGNED_OUT
    assert AcpAgent().ending(ended(signs)).word is Word.HELD


def test_a_key_in_the_environment_signs_in() -> None:
    """Where the agent offers a way that needs only a variable, it is taken, and asked again."""
    reader = reader_of("gemini-signed-out", env=(("GEMINI_API_KEY", "k"),))
    assert "trouble" not in kinds(play(reader, told("gemini-signed-out")))
    reply = reader.replies()[-1]
    assert json.loads(reply.data)["params"] == {"methodId": "gemini-api-key"}
    data = b'{"jsonrpc":"2.0","id":"authenticate","result":{}}\n'
    play(reader, [Stretch(direction=Direction.OUT, offset=0, data=data)])
    assert json.loads(reader.replies()[-1].data)["method"] == "session/new"


def test_a_session_that_is_not_there() -> None:
    """What can't be resumed ends with the agent's own words, and takes none of ours."""
    reader = reader_of("gemini-no-such-session")
    ending = AcpAgent().ending(ended(play(reader, told("gemini-no-such-session"))))
    assert not reader.speaks
    assert ending.word is Word.GAVE_UP
    assert "No previous sessions found" in ending.reason


def test_a_conversation_that_would_not_be_found_again_is_not_named() -> None:
    """So that the next attempt begins anew, with all that it has to know."""
    reader = AcpReader(reader_of("opencode")._order, Dialect(resumes=False))
    assert "conversation" not in kinds(play(reader, told("opencode")))


@pytest.mark.parametrize("name", ["opencode-resumed", "qwen-resumed"])
def test_the_history_of_a_conversation_is_not_told_again(name: str) -> None:
    """What an agent tells before the first prompt was said in another session."""
    signs = read(name)
    assert kinds(signs)[:2] == ["conversation", "turn_began"]
    assert "tool_began" not in kinds(signs)
    assert kinds(signs).count("said") == 1


def test_an_interrupted_turn_is_no_last_word() -> None:
    """It ends without success; what is said then begins another."""
    signs = read("copilot-interrupted")
    turns = [(sign.ref, sign.ok) for sign in signs if sign.kind is SignKind.TURN_ENDED]
    assert turns == [("prompt", False), ("say:m1", True)]
    assert kinds(signs).count("finished") == 1
    assert [sign.ref for sign in signs if sign.kind is SignKind.ACCEPTED] == ["prompt", "m1"]


def test_a_mode_of_its_own_where_all_is_allowed() -> None:
    """Codex behind ACP asks nothing and does nothing, unless it is given its full access."""
    reader = reader_of("codex-acp-full")
    play(reader, told("codex-acp-full"))
    mode = next(one for one in reader.replies() if one.id == "mode")
    assert json.loads(mode.data)["params"]["modeId"] == "full-access"


def test_a_model_is_chosen_among_those_offered() -> None:
    """The model is set before the prompt; one that is refused ends the session at once."""
    reader = reader_of("opencode", model="scripted/other")
    all_told = told("opencode")
    opened = next(n for n, one in enumerate(all_told) if b'"id":"session","result"' in one.data)
    play(reader, all_told[: opened + 1])
    reply = reader.replies()[-1]
    assert json.loads(reply.data)["method"] == "session/set_config_option"
    refused = b'{"jsonrpc":"2.0","id":"model","error":{"code":-32602,"message":"unknown"}}\n'
    signs = play(reader, [Stretch(direction=Direction.OUT, offset=0, data=refused)])
    assert first(signs, SignKind.FINISHED).trouble is Trouble.NO_SUCH_MODEL
    assert reader.replies()[-1] == reply


@pytest.mark.parametrize(
    ("reason", "trouble"),
    [("refusal", Trouble.REFUSED), ("max_tokens", Trouble.CONTEXT_FULL), ("odd", None)],
)
def test_ends_of_a_turn_that_are_no_success(reason: str, trouble: Trouble | None) -> None:
    """A turn that was cut or refused is told as such."""
    reader, all_told = reader_of("qwen"), told("qwen")
    prompted = next(n for n, one in enumerate(all_told) if b"session/prompt" in one.data)
    play(reader, all_told[: prompted + 1])
    message = {"jsonrpc": "2.0", "id": "prompt", "result": {"stopReason": reason}}
    data = json.dumps(message).encode() + b"\n"
    signs = play(reader, [Stretch(direction=Direction.OUT, offset=0, data=data)])
    assert not first(signs, SignKind.TURN_ENDED).ok
    assert signs[-1].trouble is trouble


def test_an_error_in_a_turn() -> None:
    """The provider's words stand in the data of the error; a limit is told as one."""
    reader, all_told = reader_of("qwen"), told("qwen")
    prompted = next(n for n, one in enumerate(all_told) if b"session/prompt" in one.data)
    play(reader, all_told[: prompted + 1])
    error = {"code": 429, "message": "Internal error", "data": {"details": "Rate limit exceeded"}}
    data = json.dumps({"jsonrpc": "2.0", "id": "prompt", "error": error}).encode() + b"\n"
    signs = play(reader, [Stretch(direction=Direction.OUT, offset=0, data=data)])
    limited = first(signs, SignKind.LIMITED)
    assert (limited.trouble, limited.text) == (
        Trouble.RATE_LIMIT,
        "Internal error: Rate limit exceeded",
    )
    assert AcpAgent().ending(ended(signs)).word is Word.HELD


def test_what_orch_has_not_is_refused() -> None:
    """Files are the agent's own business, even where it asks nevertheless."""
    reader = reader_of("opencode")
    play(reader, told("opencode"))
    refused = [json.loads(one.data) for one in reader.replies() if b'"error"' in one.data]
    assert [one["error"]["code"] for one in refused] == [-32601]


def test_nonsense_tells_nothing() -> None:
    """What is no message of the protocol changes nothing, and a bad greeting ends it."""
    reader, all_told = reader_of("qwen"), told("qwen")
    prompted = next(n for n, one in enumerate(all_told) if b"session/prompt" in one.data)
    play(reader, all_told[: prompted + 1])
    odd = b'{"method":"session/update","params":{"sessionId":3}}\n[1]\n{"id":99,"result":3}\n'
    assert play(reader, [Stretch(direction=Direction.OUT, offset=0, data=odd)]) == []
    greeting = b'{"id":"initialize","result":{"hello":1}}\n'
    fresh = reader_of("qwen")
    signs = play(fresh, [Stretch(direction=Direction.OUT, offset=0, data=greeting)])
    assert kinds(signs) == ["trouble", "finished"]


@given(name=st.sampled_from(ALL), at=cuts())
def test_cut_anywhere(name: str, at: list[int]) -> None:
    """Where the pieces of the output end makes no difference to signs or replies."""
    path = RECORDINGS / f"{name}.wire"
    whole, cut = reader_of(name), reader_of(name)
    assert play(cut, stretches(path, cuts=at)) == play(whole, stretches(path))
    assert cut.replies() == whole.replies()


@pytest.mark.parametrize("name", OWN)
def test_a_daemon_that_died_comes_to_the_same_place(name: str) -> None:
    """Whatever the moment: what was wanted stays wanted, and is what was written then."""
    living, all_told = reader_of(name), told(name)
    for n, one in enumerate(all_told):
        before = living.replies()
        again = reader_of(name)
        play(again, all_told[:n])
        assert again.replies() == before
        if one.direction is Direction.IN and not _is_of_a_person(name, one.data):
            assert json.loads(one.data) in [json.loads(reply.data) for reply in before]
        living.read(one, at=1000.0)


def _is_of_a_person(name: str, data: bytes) -> bool:
    message = json.loads(data)
    said = str(message.get("id")).startswith("say:") or message.get("method") == "session/cancel"
    return said or (name == "gemini-denied" and "result" in message)


def test_what_can_be_said_and_when() -> None:
    """Nothing before the first turn nor in one; after it the next, and only then."""
    reader, all_told = reader_of("gemini-two-turns"), told("gemini-two-turns")
    assert reader.say("again", ref="m1") is None
    assert reader.interrupt() is None
    said = next(n for n, one in enumerate(all_told) if b'"say:m1"' in one.data)
    ended_ = next(n for n, one in enumerate(all_told) if b'"id":"prompt","result"' in one.data)
    play(reader, all_told[:ended_])
    assert reader.say("again", ref="m1") is None
    assert reader.interrupt() is not None
    play(reader, all_told[ended_:said])
    writing = reader.say("again", ref="m1")
    assert writing is not None
    assert [one.what for one in writing.strokes] == [all_told[said].data]


def test_an_agent_that_queues_takes_words_in_mid_turn() -> None:
    """Claude's adapter says that it takes several prompts."""
    reader, all_told = reader_of("claude-agent-acp"), told("claude-agent-acp")
    accepted = next(n for n, one in enumerate(all_told) if b'"agent_thought_chunk"' in one.data)
    play(reader, all_told[: accepted + 1])
    assert reader.say("and this", ref="m1") is not None


def test_to_interrupt_settles_what_was_asked() -> None:
    """The protocol wants each open request answered when its turn is broken off."""
    reader, all_told = reader_of("gemini-denied"), told("gemini-denied")
    asked = next(n for n, one in enumerate(all_told) if b"request_permission" in one.data)
    play(reader, all_told[: asked + 1])
    broken = reader.interrupt()
    assert broken is not None
    words = [json.loads(bytes(one.what)) for one in broken.strokes]  # type: ignore[arg-type]
    assert words[0]["method"] == "session/cancel"
    assert words[1]["result"] == {"outcome": {"outcome": "cancelled"}}


def test_closing_ends_its_input() -> None:
    """An agent exits at the end of its input."""
    closed = reader_of("qwen").close()
    assert closed is not None
    assert closed.strokes[0].what == EndOfInput()


LIMITED = (
    "Error: Failed to get response from the AI model; retried 5 times (total retry wait time: "
    "51.88 seconds) Last error: 429 The usage limit has been reached"
)
SIGNED_OUT = (
    "Info: Request failed due to a transient API error. Retrying...Error: Authentication failed "
    "with provider at http://127.0.0.1:1/v1 (HTTP 401).\n  Check your COPILOT_PROVIDER_API_KEY."
)


@pytest.mark.parametrize(
    ("words", "trouble"), [(LIMITED, Trouble.USAGE_LIMIT), (SIGNED_OUT, Trouble.SIGNED_OUT)]
)
def test_a_refusal_in_the_models_mouth_is_a_refusal(words: str, trouble: Trouble) -> None:
    """So Copilot tells of its provider, with a turn that ends like any other."""
    ending = AcpAgent().ending(ended(play(reader_of("copilot"), last_said(words))))
    assert (ending.word, ending.trouble) == (Word.HELD, trouble)


def test_a_turn_that_ends_without_a_word_is_no_success() -> None:
    """So Kimi ends one after its provider has refused; whoever did his work says so."""
    signs = play(reader_of("copilot"), last_said(""))
    assert not first(signs, SignKind.TURN_ENDED).ok
    # Trouble keeps the ladder from taking what there is for the whole.
    assert first(signs, SignKind.TROUBLE).trouble is Trouble.OTHER
    ending = AcpAgent().ending(ended(signs))
    assert ending.word is Word.GAVE_UP
    assert "without a word" in ending.reason


def last_said(words: str) -> list[Stretch]:
    """Put other words into the model's mouth, after its last tool."""
    lines = [
        replace(one, data=line)
        for one in told("copilot")
        for line in one.data.splitlines(keepends=True)
    ]
    chunks = [n for n, one in enumerate(lines) if b'"agent_message_chunk"' in one.data]
    *_, last = (n for n, one in enumerate(lines) if b'"tool_call_update"' in one.data)
    *dropped, kept = (n for n in chunks if n > last)
    if words:
        message = json.loads(lines[kept].data)
        message["params"]["update"]["content"]["text"] = words
        lines[kept] = replace(lines[kept], data=json.dumps(message).encode() + b"\n")
    gone = {*dropped} if words else {*dropped, kept}
    return [one for n, one in enumerate(lines) if n not in gone]
