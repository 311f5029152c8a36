"""Prove what the events of `gemini -o stream-json` are read as, on what it really printed."""

from pathlib import Path

from hypothesis import given

from orch.adapters.agents.gemini.agent import GeminiAgent
from orch.adapters.agents.gemini.events import StreamReader
from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind, Trouble
from orch.ports.agent import Ending, Mode, Word
from orch.ports.session_host import Direction, Stretch
from tests.adapters.agents.readings import AT, cuts, ended, first, kinds, order, read_all

RECORDINGS = Path(__file__).parent / "recordings"
LANDED = (RECORDINGS / "landed.jsonl").read_bytes()


def recorded(name: str) -> list[Sign]:
    """Read a recording."""
    return read_all(StreamReader(), (RECORDINGS / f"{name}.jsonl").read_bytes())


def judge(signs: list[Sign], exit_code: int) -> Ending:
    """Read the end of a session that showed these signs."""
    return GeminiAgent().ending(ended(signs, exit_code=exit_code))


def test_a_run_that_came_to_its_end() -> None:
    """Pieces of a text are told as one, tools by their ids, and the result ends it."""
    signs = read_all(StreamReader(), LANDED)
    assert kinds(signs) == [
        *("conversation", "turn_began", "progress", "said", "tool_began", "tool_ended"),
        *("progress", "said", "tool_began", "tool_ended", "progress", "said"),
        *("spent", "turn_ended", "finished"),
    ]
    ending = judge(signs, 0)
    assert (ending.word, ending.summary) == (Word.DONE, "Done: hello.txt is written and committed.")


def test_usage_without_cost() -> None:
    """The result's totals are told, with the model; Gemini tells no cost."""
    usage = first(read_all(StreamReader(), LANDED), SignKind.SPENT).usage
    assert usage is not None
    assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (4500, 900, 120)
    assert (usage.cost, usage.model) == (None, "gemini-2.5-flash")


@given(at=cuts())
def test_cut_anywhere(at: list[int]) -> None:
    """Where the pieces of the output end makes no difference."""
    assert read_all(StreamReader(), LANDED, at=at) == read_all(StreamReader(), LANDED)


def test_a_refused_sign_in_holds() -> None:
    """The result's error is read by its status code, and put into words."""
    ending = judge(recorded("signed-out"), 145)
    assert (ending.word, ending.trouble) == (Word.HELD, Trouble.SIGNED_OUT)
    assert "invalid x-api-key; sign in" in ending.reason


def test_a_dropped_stream_is_the_networks() -> None:
    """A stream that was cut off is no reason to wait."""
    ending = judge(recorded("dropped"), 1)
    assert (ending.word, ending.trouble) == (Word.GAVE_UP, Trouble.NETWORK)


def test_exit_0_without_a_result_is_no_success() -> None:
    """A run that was told to end exits with 0 and says nothing."""
    assert judge(recorded("killed"), 0).word is Word.GAVE_UP


def test_a_run_that_stopped_by_itself_is_not_done() -> None:
    """Its result says "success" all the same."""
    begun, result = LANDED.rsplit(b'{"type":"result"', 1)
    warning = (
        b'{"type":"error","timestamp":"2026-11-21T14:31:37.838Z","severity":"warning",'
        b'"message":"Loop detected, stopping execution"}\n'
    )
    ending = judge(read_all(StreamReader(), begun + warning + b'{"type":"result"' + result), 0)
    assert (ending.word, ending.trouble) == (Word.GAVE_UP, Trouble.OTHER)
    assert "Loop detected" in ending.reason


def test_exit_codes_tell_why_where_nothing_was_said() -> None:
    """Without a key, and with an unknown conversation, Gemini says why by its exit code alone."""
    held = judge([], 41)
    assert (held.word, held.trouble) == (Word.HELD, Trouble.SIGNED_OUT)
    assert "conversation" in judge([], 42).reason
    assert "trust" in judge([], 55).reason


@given(at=cuts())
def test_retries_are_told_on_the_error_pipe(at: list[int]) -> None:
    """Each attempt is told with its reason, and when the next one comes."""
    data = (RECORDINGS / "limited.err").read_bytes()
    reader, signs = StreamReader(), list[Sign]()
    places = [0, *sorted(place for place in at if place < len(data)), len(data)]
    for begin, end in zip(places, places[1:], strict=False):  # noqa: RUF007 - pairs of places
        piece = Stretch(direction=Direction.ERR, offset=0, data=data[begin:end])
        signs += reader.read(piece, at=AT)
    assert kinds(signs) == ["retrying"] * 4
    assert signs[0].until == AT + 5.496
    assert (signs[0].trouble, signs[0].text) == (Trouble.RATE_LIMIT, "Rate limited (scripted)")


def test_retries_are_told_over_acp_too() -> None:
    """The protocol itself is silent about them."""
    data = (RECORDINGS / "limited.err").read_bytes()
    profile = AgentProfile(name="gm", adapter="gemini")
    reader = GeminiAgent().reader(order(profile, mode=Mode.ACP))
    signs = reader.read(Stretch(direction=Direction.ERR, offset=0, data=data), at=AT)
    assert kinds(signs) == ["retrying"] * 4


def test_retries_after_errors_of_the_server() -> None:
    """These are told with a status code and no time."""
    data = (RECORDINGS / "broken.err").read_bytes()
    signs = StreamReader().read(Stretch(direction=Direction.ERR, offset=0, data=data), at=AT)
    assert [sign.trouble for sign in signs] == [Trouble.SERVER] * 4
    assert signs[0].text == "Internal server error"
