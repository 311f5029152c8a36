"""The Chat Completions protocol of OpenAI, spoken by OpenCode, Qwen, Kimi, Copilot and others."""

import json
import time
from collections.abc import Iterator

from orch.testing.model_server.answer import Answer, Chunk, Refusal, ToolCall, fresh, pieces
from orch.testing.model_server.conversation import (
    Conversation,
    ModelTurn,
    Tool,
    ToolResult,
    Turn,
    UserTurn,
)
from orch.testing.model_server.dialect import Json, event, text_of
from orch.testing.model_server.faults import Fault
from orch.testing.model_server.openai_errors import deny, refuse


class Chat:
    """Speaks `/v1/chat/completions`."""

    name = "chat"

    def read(self, body: Json, path: str) -> Conversation:
        """Read a request."""
        del path
        messages = body["messages"]
        choice = body.get("tool_choice")
        return Conversation(
            model=body.get("model", ""),
            turns=tuple(turn for one in messages if (turn := _read_message(one))),
            system="\n".join(text_of(m["content"]) for m in messages if m["role"] in _SYSTEM),
            tools=tuple(_read_tool(tool) for tool in body.get("tools") or []),
            schema=_read_schema(body.get("response_format") or {}),
            forced=choice["function"]["name"] if isinstance(choice, dict) else None,
            stream=body.get("stream", False),
        )

    def whole(self, answer: Answer) -> Json:
        """Write an answer in one piece."""
        message: Json = {"role": "assistant", "content": answer.text or None}
        if answer.calls:
            message["tool_calls"] = [_call(call) for call in answer.calls]
        choice = {"index": 0, "message": message, "finish_reason": _reason(answer)}
        head = _head(answer, "chat.completion")
        return {**head, "choices": [choice], "usage": _usage(answer)}

    def stream(self, answer: Answer) -> list[Chunk]:
        """Write an answer as server-sent events."""
        return list(_events(answer))

    def refuse(self, fault: Fault) -> Refusal:
        """Word a fault that is an answer."""
        return refuse(fault)

    def deny(self, status: int, message: str) -> Refusal:
        """Word an error of the test itself."""
        return deny(status, message)

    def count(self, tokens: int) -> Json:
        """Answer how many tokens there are; the protocol has no such question."""
        return {"total_tokens": tokens}


_SYSTEM = {"system", "developer"}


def _read_message(message: Json) -> Turn | None:
    text = text_of(message.get("content"))
    match message["role"]:
        case "user":
            return UserTurn(text)
        case "tool" | "function":
            return ToolResult(text)
        case "assistant":
            calls = message.get("tool_calls") or []
            return ModelTurn(
                text=text,
                call_ids=tuple(call["id"] for call in calls),
                call_names=tuple(call["function"]["name"] for call in calls),
            )
        case _:
            return None


def _read_tool(tool: Json) -> Tool:
    function = tool.get("function", {})
    return Tool(function.get("name", ""), function.get("parameters") or {})


def _read_schema(shape: Json) -> Json | None:
    if shape.get("type") == "json_object":
        return {"type": "object"}
    schema: Json | None = shape.get("json_schema", {}).get("schema")
    return schema


def _call(call: ToolCall) -> Json:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"id": call.id, "type": "function", "function": function}


def _reason(answer: Answer) -> str:
    return "tool_calls" if answer.calls else "stop"


def _head(answer: Answer, kind: str) -> Json:
    created = int(time.time())
    return {"id": fresh("chatcmpl-"), "object": kind, "created": created, "model": answer.model}


def _usage(answer: Answer) -> Json:
    usage = answer.usage
    prompt = usage.input_tokens + usage.cached_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output_tokens,
        "total_tokens": prompt + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _deltas(answer: Answer) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    for piece in pieces(answer.thinking):
        yield {"reasoning_content": piece}
    for piece in pieces(answer.text):
        yield {"content": piece}
    for index, call in enumerate(answer.calls):
        whole = _call(call)
        head = {**whole, "function": {"name": call.name, "arguments": ""}}
        yield {"tool_calls": [{"index": index, **head}]}
        for piece in pieces(whole["function"]["arguments"], 200):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _events(answer: Answer) -> Iterator[Chunk]:
    head = _head(answer, "chat.completion.chunk")
    for number, delta in enumerate(_deltas(answer)):
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield event({**head, "choices": [choice]}, content=number > 0)
    end = {"index": 0, "delta": {}, "finish_reason": _reason(answer)}
    yield event({**head, "choices": [end]})
    yield event({**head, "choices": [], "usage": _usage(answer)})
    yield Chunk(b"data: [DONE]\n\n")
