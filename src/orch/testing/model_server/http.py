"""As much HTTP/1.1 as agents need of a server: one request a connection, answers whole or streamed.

A standard-library server for each test: no dependency, and each byte, each silence and each cut of
a connection is in the hands of the test.
"""

import asyncio
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

MAX_BODY_BYTES = 64 * 1024 * 1024
_SECRET = {"authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie"}


class BadRequest(Exception):
    """What came is no request that this server understands."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request; `path` without its query, header names in lower case, no keys of a person."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Decode the body; BadRequest if it is no JSON object."""
        try:
            decoded = json.loads(self.body or b"{}")
        except ValueError as error:
            raise BadRequest("the body is no JSON") from error
        if not isinstance(decoded, dict):
            raise BadRequest("the body is no JSON object")
        return decoded


async def read_request(reader: asyncio.StreamReader) -> HttpRequest | None:
    """Read a request; None if the connection ended before one came."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.strip().split("\r\n")
    words = first.split(" ")
    if len(words) != 3:  # noqa: PLR2004 - method, target, version.
        raise BadRequest(f"no request line: {first!r}")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = _unpacked(await _read_body(reader, headers), headers.get("content-encoding", ""))
    url = urlsplit(words[1])
    shown = {name: "…" if name in _SECRET else value for name, value in headers.items()}
    return HttpRequest(words[0], url.path, url.query, shown, body)


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(reader)
    size_bytes = int(headers.get("content-length", "0"))
    if size_bytes > MAX_BODY_BYTES:
        raise BadRequest("the body is too large")
    return await reader.readexactly(size_bytes)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size_bytes := int((await reader.readline()).partition(b";")[0], 16):
        body += await reader.readexactly(size_bytes)
        await reader.readexactly(2)
        if len(body) > MAX_BODY_BYTES:
            raise BadRequest("the body is too large")
    await reader.readuntil(b"\r\n")
    return body


def _unpacked(body: bytes, encoding: str) -> bytes:
    match encoding:
        case "" | "identity":
            return body
        case "gzip" | "deflate":
            # The number lets zlib tell the two by the head of the data.
            return zlib.decompress(body, wbits=zlib.MAX_WBITS | 32)
        case _:
            raise BadRequest(f"the body is packed by {encoding}")


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """Write the head of an answer."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Overloaded"
    lines = [f"HTTP/1.1 {status} {phrase}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def whole(status: int, body: object, *, headers: Mapping[str, str] | None = None) -> bytes:
    """Write an answer of JSON in one piece."""
    data = json.dumps(body, ensure_ascii=False).encode()
    told = {"content-type": "application/json", "content-length": str(len(data))}
    return head(status, {**told, **(headers or {})}) + data


def chunked(data: bytes) -> bytes:
    """Write one chunk of a streamed answer; an empty one ends it."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
