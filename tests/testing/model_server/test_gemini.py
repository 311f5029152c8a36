"""The generateContent protocol: parts, calls without ids, usage, errors with details."""

import pytest

from orch.testing.model_server import Fault, FaultKind, bash, say, serve_in_thread, write
from tests.testing.model_server.asking import TOOLS, Json, ask

FIX = (
    write("a.txt", "x\n", say="I write, in more than a piece."),
    bash("git commit -am x"),
    say("Done."),
)
STREAM = "v1beta/models/gemini-x:streamGenerateContent?alt=sse"
WHOLE = "v1beta/models/gemini-x:generateContent"
NAMES = {"Write": "write_file", "Bash": "run_shell_command"}


def request(*more: Json, **config: object) -> Json:
    """Make a request as Gemini CLI does."""
    declared = [
        {
            "name": NAMES[name],
            "parametersJsonSchema": {"properties": properties, "required": ["explanation"]},
        }
        for name, properties in TOOLS.items()
    ]
    first = {"role": "user", "parts": [{"text": "fix it"}]}
    return {
        "systemInstruction": {"parts": [{"text": "- **Workspace Directories:**\n  - /srv/tree"}]},
        "contents": [first, *more],
        "tools": [{"functionDeclarations": declared}],
        "generationConfig": config,
    }


def parts(answer: Json) -> list[Json]:
    """List the parts of an answer."""
    found: list[Json] = answer["candidates"][0]["content"]["parts"]
    return found


def test_an_answer_in_one_piece_calls_the_agents_own_tool() -> None:
    """What the tool requires beyond the script is filled with something harmless."""
    with serve_in_thread({"fix": FIX}) as server:
        got = ask(f"{server.url('fix')}/{WHOLE}", request()).json()
    call = parts(got)[1]["functionCall"]
    assert call["name"] == "write_file"
    assert call["args"] == {
        "file_path": "/srv/tree/a.txt",
        "content": "x\n",
        "explanation": "scripted",
    }
    assert got["usageMetadata"]["promptTokenCount"] == 1500
    assert got["usageMetadata"]["cachedContentTokenCount"] == 300


def test_words_are_streamed_in_pieces_and_calls_come_whole() -> None:
    """The last piece says that it is the last."""
    with serve_in_thread({"fix": FIX}) as server:
        events = ask(f"{server.url('fix')}/{STREAM}", request()).events()
    words = [part["text"] for event in events for part in parts(event) if "text" in part]
    assert "".join(words) == FIX[0].say
    assert len(words) > 1
    assert "functionCall" in parts(events[-1])[0]
    assert events[-1]["candidates"][0]["finishReason"] == "STOP"


@pytest.mark.parametrize("keeps_ids", [True, False])
def test_the_history_says_which_step_is_next(*, keeps_ids: bool) -> None:
    """Also if the agent does not keep the ids of calls."""
    with serve_in_thread({"fix": FIX}) as server:
        history: list[Json] = []
        for _ in FIX:
            told = parts(ask(f"{server.url('fix')}/{WHOLE}", request(*history)).json())
            for part in told:
                if not keeps_ids:
                    part.get("functionCall", {}).pop("id", None)
            history.append({"role": "model", "parts": told})
            reply = {"functionResponse": {"name": "x", "response": {"output": "ok"}}}
            history.append({"role": "user", "parts": [reply]})
        assert server.steps("fix") == [0, 1, 2]


def test_a_shape_is_filled_for_side_requests() -> None:
    """Gemini CLI asks who speaks next, among other things; the first choice is taken."""
    schema = {
        "type": "OBJECT",
        "properties": {
            "reasoning": {"type": "STRING"},
            "next_speaker": {"type": "STRING", "enum": ["user", "model"]},
        },
    }
    with serve_in_thread({"fix": FIX}) as server:
        body = {**request(responseSchema=schema), "tools": []}
        got = ask(f"{server.url('fix')}/{WHOLE}", body).json()
        assert '"next_speaker": "user"' in parts(got)[0]["text"]
        assert server.steps("fix") == []


def test_tokens_are_counted_and_models_listed() -> None:
    """Agents ask both."""
    with serve_in_thread({"fix": FIX}) as server:
        url = f"{server.url('fix')}/v1beta/models"
        assert ask(f"{url}/gemini-x:countTokens", request()).json()["totalTokens"] > 10
        assert ask(url, method="GET").json()["models"][0]["name"] == "models/fix"


@pytest.mark.parametrize(
    ("kind", "detail"),
    [(FaultKind.RATE_LIMIT, "RetryInfo"), (FaultKind.USAGE_LIMIT, "QuotaFailure")],
)
def test_limits_carry_details(kind: FaultKind, detail: str) -> None:
    """By them the agent tells a pause from the end of its day."""
    with serve_in_thread({"fix": FIX}, [Fault(kind=kind)]) as server:
        reply = ask(f"{server.url('fix')}/{STREAM}", request())
    error = reply.json()["error"]
    assert (reply.status, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["details"][0]["@type"].endswith(detail)
