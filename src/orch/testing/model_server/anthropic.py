"""The Messages protocol of Anthropic, spoken by Claude Code."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from orch.testing.model_server.answer import Answer, Chunk, Refusal, ToolCall, fresh, pieces
from orch.testing.model_server.conversation import (
    Conversation,
    ModelTurn,
    Tool,
    ToolResult,
    Turn,
    UserTurn,
    steered,
)
from orch.testing.model_server.dialect import STATUS, Json, event, text_of
from orch.testing.model_server.faults import Fault, FaultKind

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
_MESSAGES = {
    FaultKind.RATE_LIMIT: "This request would exceed your rate limit. Please try again later.",
    FaultKind.OVERLOADED: "Overloaded",
    FaultKind.UNAUTHORIZED: "invalid x-api-key",
    FaultKind.SERVER_ERROR: "Internal server error",
    FaultKind.BAD_REQUEST: "messages: the request is not valid",
    FaultKind.UNKNOWN_MODEL: "model: there is no such model",
    FaultKind.CONTEXT_FULL: "prompt is too long: 210000 tokens > 200000 maximum",
}


class Anthropic:
    """Speaks `/v1/messages`."""

    name = "anthropic"

    def read(self, body: Json, path: str) -> Conversation:
        """Read a request."""
        del path
        shape = body.get("output_config", {}).get("format") or body.get("output_format") or {}
        return Conversation(
            model=body.get("model", ""),
            turns=tuple(turn for one in body["messages"] for turn in _read_message(one)),
            system="\n".join([text_of(body.get("system", "")), *_system_texts(body)]),
            tools=tuple(_read_tool(tool) for tool in body.get("tools", [])),
            schema=shape.get("schema"),
            forced=(body.get("tool_choice") or {}).get("name"),
            stream=body.get("stream", False),
        )

    def whole(self, answer: Answer) -> Json:
        """Write an answer in one piece."""
        return {
            "id": fresh("msg_"),
            "type": "message",
            "role": "assistant",
            "model": answer.model,
            "content": [_block(part) for part in _parts(answer)],
            "stop_reason": "tool_use" if answer.calls else "end_turn",
            "stop_sequence": None,
            "usage": _usage(answer),
        }

    def stream(self, answer: Answer) -> list[Chunk]:
        """Write an answer as server-sent events."""
        return list(_events(answer, self.whole(answer)))

    def refuse(self, fault: Fault) -> Refusal:
        """Word a fault that is an answer."""
        status = STATUS[fault.kind]
        if fault.kind is FaultKind.USAGE_LIMIT:
            return _usage_limit(fault)
        refusal = self.deny(status, _MESSAGES[fault.kind])
        if fault.kind is not FaultKind.RATE_LIMIT:
            return refusal
        headers = (("retry-after", str(fault.retry_after_s)),)
        return Refusal(status=status, body=refusal.body, headers=headers)

    def deny(self, status: int, message: str) -> Refusal:
        """Word an error of the test itself."""
        error = {"type": _TYPES.get(status, "api_error"), "message": message}
        body: Json = {"type": "error", "error": error, "request_id": fresh("req_")}
        return Refusal(status=status, body=body)

    def count(self, tokens: int) -> Json:
        """Answer `count_tokens`."""
        return {"input_tokens": tokens}


def _usage_limit(fault: Fault) -> Refusal:
    """Word the end of an account's allowance, as those with a subscription meet it."""
    until = fault.reset_time()
    clock = datetime.fromtimestamp(until, UTC).strftime("%H:%M")
    message = f"You've hit your limit · resets {clock} (UTC)"
    error = {"type": "rate_limit_error", "message": message}
    headers = {
        "retry-after": "3600",
        "x-should-retry": "false",
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": str(until),
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
    }
    body: Json = {"type": "error", "error": error, "request_id": fresh("req_")}
    return Refusal(status=429, body=body, headers=tuple(headers.items()))


def _system_texts(body: Json) -> list[str]:
    return [text_of(m["content"]) for m in body["messages"] if m["role"] == "system"]


def _read_message(message: Json) -> Iterator[Turn]:
    content = message["content"]
    if message["role"] == "system":
        if steer := steered(text_of(content)):
            yield UserTurn(steer)
        return
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if message["role"] == "assistant":
        uses = [block for block in blocks if block["type"] == "tool_use"]
        yield ModelTurn(
            text=text_of([block for block in blocks if block["type"] == "text"]),
            call_ids=tuple(use["id"] for use in uses),
            call_names=tuple(use["name"] for use in uses),
        )
        return
    for block in blocks:
        if block["type"] == "tool_result":
            yield ToolResult(text_of(block.get("content", "")))
        elif block["type"] == "text":
            yield UserTurn(block["text"])


def _read_tool(tool: Json) -> Tool:
    return Tool(tool["name"], tool.get("input_schema", {}))


def _usage(answer: Answer) -> Json:
    return {
        "input_tokens": answer.usage.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": answer.usage.cached_tokens,
        "output_tokens": answer.usage.output_tokens,
        "service_tier": "standard",
    }


_Part = tuple[str, str | ToolCall]


def _parts(answer: Answer) -> list[_Part]:
    parts: list[_Part] = [("thinking", answer.thinking), ("text", answer.text)]
    return [part for part in parts if part[1]] + [("tool_use", call) for call in answer.calls]


def _block(part: _Part, *, empty: bool = False) -> Json:
    match part:
        case ("tool_use", ToolCall(id=id_, name=name, arguments=arguments)):
            use = {} if empty else arguments
            return {"type": "tool_use", "id": id_, "name": name, "input": use}
        case ("thinking", text):
            return {"type": "thinking", "thinking": "" if empty else text, "signature": "c2NyaXB0"}
        case (_, text):
            return {"type": "text", "text": "" if empty else text}


def _deltas(part: _Part) -> Iterator[Json]:
    kind, value = part
    if isinstance(value, ToolCall):
        for piece in pieces(json.dumps(value.arguments), 200):
            yield {"type": "input_json_delta", "partial_json": piece}
        return
    for piece in pieces(value):
        yield {"type": f"{kind}_delta", kind: piece}
    if kind == "thinking":
        yield {"type": "signature_delta", "signature": "c2NyaXB0"}


def _events(answer: Answer, message: Json) -> Iterator[Chunk]:
    opening = {**message, "content": [], "stop_reason": None}
    opening["usage"] = {**message["usage"], "output_tokens": 1}
    yield _event({"type": "message_start", "message": opening})
    yield _event({"type": "ping"})
    for index, part in enumerate(_parts(answer)):
        block = _block(part, empty=True)
        yield _event({"type": "content_block_start", "index": index, "content_block": block})
        for delta in _deltas(part):
            told = {"type": "content_block_delta", "index": index, "delta": delta}
            yield _event(told, content=True)
        yield _event({"type": "content_block_stop", "index": index})
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event({"type": "message_delta", "delta": end, "usage": message["usage"]})
    yield _event({"type": "message_stop"})


def _event(data: Json, *, content: bool = False) -> Chunk:
    return event(data, name=data["type"], content=content)
