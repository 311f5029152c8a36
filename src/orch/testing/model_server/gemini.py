"""The generateContent protocol of Gemini, spoken by Gemini CLI."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from orch.testing.model_server.answer import Answer, Chunk, Refusal, fresh, pieces
from orch.testing.model_server.conversation import (
    Conversation,
    ModelTurn,
    Tool,
    ToolResult,
    Turn,
    UserTurn,
)
from orch.testing.model_server.dialect import STATUS, Json, event, text_of
from orch.testing.model_server.faults import Fault, FaultKind

_STATES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_MESSAGES = {
    FaultKind.RATE_LIMIT: "Resource has been exhausted (e.g. check quota).",
    FaultKind.USAGE_LIMIT: "You exceeded your current quota, please check your plan.",
    FaultKind.OVERLOADED: "The model is overloaded. Please try again later.",
    FaultKind.UNAUTHORIZED: "API key not valid. Please pass a valid API key.",
    FaultKind.SERVER_ERROR: "An internal error has occurred. Please retry.",
    FaultKind.BAD_REQUEST: "Request contains an invalid argument.",
    FaultKind.UNKNOWN_MODEL: "The model is not found for API version v1beta.",
    FaultKind.CONTEXT_FULL: "The input token count exceeds the maximum number of tokens allowed.",
}
_TYPE = "type.googleapis.com/google.rpc."


class Gemini:
    """Speaks `models/NAME:generateContent` and `:streamGenerateContent`."""

    name = "gemini"

    def read(self, body: Json, path: str) -> Conversation:
        """Read a request; the model's name and the way of answering stand in its path."""
        config = body.get("generationConfig") or {}
        declared = [d for t in body.get("tools") or [] for d in t.get("functionDeclarations") or []]
        named = re.search(r"/models/([^:]+):(\w+)", path)
        return Conversation(
            model=unquote(named[1]) if named else "",
            turns=tuple(turn for one in body.get("contents", []) for turn in _read_content(one)),
            system=text_of((body.get("systemInstruction") or {}).get("parts")),
            tools=tuple(_read_tool(tool) for tool in declared),
            schema=config.get("responseJsonSchema") or config.get("responseSchema"),
            stream=bool(named and named[2] == "streamGenerateContent"),
        )

    def whole(self, answer: Answer) -> Json:
        """Write an answer in one piece."""
        return _piece(answer, list(_parts(answer)), finished=True)

    def stream(self, answer: Answer) -> list[Chunk]:
        """Write an answer as server-sent events."""
        return list(_events(answer))

    def refuse(self, fault: Fault) -> Refusal:
        """Word a fault that is an answer."""
        status = 503 if fault.kind is FaultKind.OVERLOADED else STATUS[fault.kind]
        error: Json = {
            "code": status,
            "message": _MESSAGES[fault.kind],
            "status": _STATES[status],
            "details": list(_details(fault)),
        }
        return Refusal(status=status, body={"error": error}, headers=_headers(fault))

    def deny(self, status: int, message: str) -> Refusal:
        """Word an error of the test itself."""
        state = _STATES.get(status, "INVALID_ARGUMENT")
        error = {"code": status, "message": message, "status": state}
        return Refusal(status=status, body={"error": error})

    def count(self, tokens: int) -> Json:
        """Answer `countTokens`."""
        return {"totalTokens": tokens}


def _headers(fault: Fault) -> tuple[tuple[str, str], ...]:
    limited = fault.kind is FaultKind.RATE_LIMIT
    return (("retry-after", str(fault.retry_after_s)),) if limited else ()


def _details(fault: Fault) -> Iterator[Json]:
    if fault.kind is FaultKind.RATE_LIMIT:
        yield {"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{fault.retry_after_s}s"}
    if fault.kind is FaultKind.USAGE_LIMIT:
        quota = "GenerateRequestsPerDayPerProjectPerModel"
        violation = {"quotaMetric": "generate_requests", "quotaId": quota, "quotaValue": "250"}
        yield {"@type": f"{_TYPE}QuotaFailure", "violations": [violation]}


def _read_content(content: Json) -> Iterator[Turn]:
    parts = content.get("parts") or []
    spoken = [p for p in parts if isinstance(p.get("text"), str) and not p.get("thought")]
    if content.get("role") == "model":
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        yield ModelTurn(
            text="".join(part["text"] for part in spoken),
            call_ids=tuple(call.get("id") or "" for call in calls),
            call_names=tuple(call["name"] for call in calls),
        )
        return
    for part in parts:
        if "functionResponse" in part:
            yield ToolResult(str(part["functionResponse"].get("response", "")))
    for part in spoken:
        yield UserTurn(part["text"])


def _read_tool(declared: Json) -> Tool:
    schema = declared.get("parametersJsonSchema") or declared.get("parameters") or {}
    return Tool(declared["name"], schema)


def _parts(answer: Answer) -> Iterator[Json]:
    if answer.thinking:
        yield {"text": answer.thinking, "thought": True}
    if answer.text:
        yield {"text": answer.text}
    for call in answer.calls:
        yield {"functionCall": {"id": call.id, "name": call.name, "args": call.arguments}}


def _piece(answer: Answer, parts: list[Json], *, finished: bool) -> Json:
    usage = answer.usage
    given = usage.input_tokens + usage.cached_tokens
    candidate: Json = {"index": 0, "content": {"role": "model", "parts": parts}}
    if finished:
        candidate["finishReason"] = "STOP"
    return {
        "candidates": [candidate],
        "modelVersion": answer.model,
        "responseId": fresh("g"),
        "usageMetadata": {
            "promptTokenCount": given,
            "cachedContentTokenCount": usage.cached_tokens,
            "candidatesTokenCount": usage.output_tokens,
            "totalTokenCount": given + usage.output_tokens,
        },
    }


def _events(answer: Answer) -> Iterator[Chunk]:
    """Stream the words; the calls come whole, as this protocol has it, in the last piece."""
    calls = [part for part in _parts(answer) if "functionCall" in part]
    if answer.thinking:
        yield event(_piece(answer, [{"text": answer.thinking, "thought": True}], finished=False))
    for text in pieces(answer.text):
        yield event(_piece(answer, [{"text": text}], finished=False), content=True)
    yield event(_piece(answer, calls or [{"text": ""}], finished=True))
