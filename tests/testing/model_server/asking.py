"""Ask a model server as agents do, over a real connection."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
TIMEOUT_S = 60.0

TOOLS: dict[str, Json] = {
    "Write": {"file_path": {"type": "string"}, "content": {"type": "string"}},
    "Bash": {"command": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `cut` says that it ended before its end."""

    status: int
    headers: dict[str, str]
    text: str
    cut: bool = False

    def json(self) -> Json:
        """Decode an answer in one piece."""
        decoded: Json = json.loads(self.text)
        return decoded

    def events(self) -> list[Json]:
        """Decode a streamed answer."""
        lines = [line.removeprefix("data: ") for line in self.text.splitlines()]
        return [json.loads(line) for line in lines if line.startswith("{")]


def ask(url: str, body: Json | None = None, *, method: str = "POST") -> Reply:
    """Send one request; a connection that is cut before an answer is a ConnectionError."""
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        data = None if body is None else json.dumps(body)
        link.request(method, target, data, {"authorization": "Bearer secret"})
        response = link.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        text, cut = read_all(response)
        return Reply(response.status, headers, text, cut=cut)
    finally:
        link.close()


def read_all(response: http.client.HTTPResponse) -> tuple[str, bool]:
    """Read to the end, or to the cut."""
    got = b""
    try:
        while piece := response.read1():
            got += piece
    except (http.client.IncompleteRead, ConnectionError):
        return got.decode(), True
    return got.decode(), bool(response.length)


def anthropic_tools() -> list[Json]:
    """Offer a writer and a shell as Claude Code does."""
    return [
        {"name": name, "input_schema": {"type": "object", "properties": properties}}
        for name, properties in TOOLS.items()
    ]


def chat_tools() -> list[Json]:
    """Offer a writer and a shell as OpenCode does."""
    return [
        {"type": "function", "function": {"name": name, "parameters": {"properties": properties}}}
        for name, properties in TOOLS.items()
    ]


def messages(*more: Json, stream: bool = True, prompt: str = "fix it") -> Json:
    """Make a request of Claude Code with this history behind the prompt."""
    return {
        "model": "claude-x",
        "stream": stream,
        "system": [{"type": "text", "text": "Primary working directory: /srv/tree"}],
        "tools": anthropic_tools(),
        "messages": [{"role": "user", "content": prompt}, *more],
    }


def continued(body: Json, answer: Json) -> Json:
    """Put an answer in one piece, and a result of each of its calls, behind a request."""
    results = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": "ok"}
        for block in answer["content"]
        if block["type"] == "tool_use"
    ]
    more = [{"role": "assistant", "content": answer["content"]}]
    if results:
        more.append({"role": "user", "content": results})
    return {**body, "messages": [*body["messages"], *more]}
