"""The Responses protocol of OpenAI, spoken by Codex."""

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

_CALLS = {"function_call", "custom_tool_call", "local_shell_call"}


class Responses:
    """Speaks `/v1/responses`."""

    name = "responses"

    def read(self, body: Json, path: str) -> Conversation:
        """Read a request."""
        del path
        given = body.get("input", [])
        items = [{"role": "user", "content": given}] if isinstance(given, str) else given
        shape = body.get("text", {}).get("format") or {}
        choice = body.get("tool_choice")
        return Conversation(
            model=body.get("model", ""),
            turns=tuple(_read_items(items)),
            system="\n".join([body.get("instructions") or "", *_system_texts(items)]),
            tools=tuple(tool for one in body.get("tools") or [] for tool in _read_tool(one)),
            schema=shape.get("schema"),
            forced=choice.get("name") if isinstance(choice, dict) else None,
            stream=body.get("stream", False),
        )

    def whole(self, answer: Answer) -> Json:
        """Write an answer in one piece."""
        return _response(answer, list(_items(answer)), status="completed")

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
        """Answer `input_tokens`."""
        return {"object": "response.input_tokens", "input_tokens": tokens}


def _system_texts(items: list[Json]) -> list[str]:
    return [text_of(i["content"]) for i in items if i.get("role") in {"system", "developer"}]


def _read_items(items: list[Json]) -> Iterator[Turn]:
    """Read the history; what the model gave in one answer comes as several items in a row."""
    said: list[str] = []
    calls: list[tuple[str, str]] = []
    for item in items:
        kind = item.get("type", "message")
        if kind == "message" and item.get("role") == "assistant":
            said.append(text_of(item.get("content")))
        elif kind in _CALLS:
            calls.append((item.get("call_id", ""), item.get("name", "local_shell")))
        elif kind != "reasoning":
            if said or calls:
                yield _model_turn(said, calls)
                said, calls = [], []
            yield from _read_other(item, kind)
    if said or calls:
        yield _model_turn(said, calls)


def _model_turn(said: list[str], calls: list[tuple[str, str]]) -> ModelTurn:
    ids, names = tuple(one for one, _ in calls), tuple(name for _, name in calls)
    return ModelTurn("\n".join(said), ids, names)


def _read_other(item: Json, kind: str) -> Iterator[Turn]:
    if kind.endswith("_output"):
        output = item.get("output")
        yield ToolResult(output if isinstance(output, str) else text_of(output))
    elif kind == "message" and item.get("role") == "user":
        yield UserTurn(text_of(item.get("content")))


def _read_tool(tool: Json) -> Iterator[Tool]:
    match tool.get("type"):
        case "function":
            yield Tool(tool["name"], tool.get("parameters") or {})
        case "custom":
            yield Tool(tool["name"], {}, shape="custom")
        case "local_shell":
            command = {"command": {"type": "array"}}
            yield Tool("local_shell", {"properties": command}, shape="local_shell")
        case "namespace":
            for inner in tool.get("tools") or []:
                yield from _read_tool(inner)
        case _:
            pass


def _response(answer: Answer, output: list[Json], *, status: str) -> Json:
    usage = answer.usage
    given = usage.input_tokens + usage.cached_tokens
    return {
        "id": fresh("resp_"),
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "model": answer.model,
        "output": output,
        "usage": {
            "input_tokens": given,
            "input_tokens_details": {"cached_tokens": usage.cached_tokens},
            "output_tokens": usage.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": given + usage.output_tokens,
        },
    }


def _items(answer: Answer) -> Iterator[Json]:
    if answer.thinking:
        summary = [{"type": "summary_text", "text": answer.thinking}]
        yield {"type": "reasoning", "id": fresh("rs_"), "summary": summary}
    if answer.text:
        content = [{"type": "output_text", "text": answer.text, "annotations": []}]
        told = {"type": "message", "role": "assistant", "content": content}
        yield {**told, "id": fresh("msg_"), "status": "completed"}
    for call in answer.calls:
        yield {**_call(call), "call_id": call.id, "status": "completed"}


def _call(call: ToolCall) -> Json:
    match call.shape:
        case "custom":
            text = call.arguments.get("input", "")
            return {
                "type": "custom_tool_call",
                "id": fresh("ctc_"),
                "name": call.name,
                "input": text,
            }
        case "local_shell":
            action = {"type": "exec", "command": call.arguments["command"], "env": {}}
            return {"type": "local_shell_call", "id": fresh("lsh_"), "action": action}
        case _:
            text = json.dumps(call.arguments)
            head = {"type": "function_call", "id": fresh("fc_")}
            return {**head, "name": call.name, "arguments": text}


def _events(answer: Answer) -> Iterator[Chunk]:
    items = list(_items(answer))
    opening = {**_response(answer, [], status="in_progress"), "usage": None}
    yield _event({"type": "response.created", "response": opening})
    for index, item in enumerate(items):
        place = {"output_index": index, "item_id": item["id"]}
        empty = {**item, "status": "in_progress"}
        for part in ("content", "summary"):
            if part in item:
                empty[part] = []
        yield _event({"type": "response.output_item.added", "output_index": index, "item": empty})
        if item["type"] == "message":
            yield from _text_deltas(answer.text, place)
        yield _event({"type": "response.output_item.done", "output_index": index, "item": item})
    whole = _response(answer, items, status="completed")
    yield _event({"type": "response.completed", "response": {**whole, "id": opening["id"]}})


def _text_deltas(text: str, place: Json) -> Iterator[Chunk]:
    for piece in pieces(text):
        delta = {**place, "content_index": 0, "delta": piece}
        yield _event({"type": "response.output_text.delta", **delta}, content=True)
    yield _event({"type": "response.output_text.done", **place, "content_index": 0, "text": text})


def _event(data: Json, *, content: bool = False) -> Chunk:
    return event(data, name=data["type"], content=content)
