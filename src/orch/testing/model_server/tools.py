"""Put abstract calls into the tools that an agent really offers, whatever it calls them."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from orch.testing.model_server.conversation import Conversation, Tool
from orch.testing.model_server.place import find_directory
from orch.testing.model_server.script import (
    Bash,
    Call,
    EchoLastUser,
    Edit,
    Read,
    UseTool,
    Write,
)

Placed = tuple[Tool, dict[str, object]]

# Names as they are after lowering their case and leaving out what is no letter.
_WRITERS = ("write", "writefile", "create", "createfile", "filewrite", "fswrite")
_EDITORS = ("edit", "replace", "strreplace", "strreplacefile", "editfile", "str_replace")
_READERS = ("read", "readfile", "view", "fileread", "fsread")
_SHELLS = (
    "bash",
    "shell",
    "execcommand",
    "shellcommand",
    "runshellcommand",
    "runcommand",
    "executecommand",
    "localshell",
    "terminal",
)
_PATHS = ("file_path", "filePath", "absolute_path", "path", "filename")
_TEXTS = ("content", "contents", "file_text", "text")
_OLD = ("old_string", "oldString", "old_str", "old", "oldText")
_NEW = ("new_string", "newString", "new_str", "new", "newText")
_COMMANDS = ("command", "cmd", "script")


class NoTool(Exception):
    """The agent offers no tool for a call of the script."""


def place(call: Call, conversation: Conversation) -> Placed:
    """Choose the tool for a call and its arguments; NoTool if the agent has none for it."""
    match call:
        case Write(path, text):
            return _place_write(Write(_full(path, conversation), text), conversation.tools)
        case EchoLastUser(path):
            said = conversation.last_user() + "\n"
            return _place_write(Write(_full(path, conversation), said), conversation.tools)
        case Edit(path, old, new):
            return _place_edit(Edit(_full(path, conversation), old, new), conversation.tools)
        case Read(path):
            return _place_read(Read(_full(path, conversation)), conversation.tools)
        case Bash(command):
            return _place_bash(command, conversation.tools)
        case UseTool(name, arguments):
            return _find_exactly(name, conversation.tools), dict(arguments)


def can_work(tools: tuple[Tool, ...]) -> bool:
    """Say whether these tools are those of an agent at work, and not of a side request."""
    known = {_plain(tool.name) for tool in tools}
    return bool(known & {*_SHELLS, *_WRITERS, *_EDITORS, *_READERS})


def _place_write(call: Write, tools: tuple[Tool, ...]) -> Placed:
    tool = _find(_WRITERS, tools, needs=(_PATHS, _TEXTS))
    if tool is None:
        end = "END_OF_SCRIPTED_FILE"
        parent = shlex.quote(call.path.rpartition("/")[0] or ".")
        target = shlex.quote(call.path)
        text = call.text if call.text.endswith("\n") else call.text + "\n"
        command = f"mkdir -p {parent} && cat > {target} <<'{end}'\n{text}{end}"
        return _place_bash(command, tools)
    return tool, _filled(tool, {_PATHS: call.path, _TEXTS: call.text})


def _place_edit(call: Edit, tools: tuple[Tool, ...]) -> Placed:
    tool = _find(_EDITORS, tools, needs=(_PATHS, _OLD, _NEW))
    if tool is None:
        words = " ".join(shlex.quote(word) for word in (call.path, call.old, call.new))
        return _place_bash(f"python3 -c {shlex.quote(_REPLACE)} {words}", tools)
    return tool, _filled(tool, {_PATHS: call.path, _OLD: call.old, _NEW: call.new})


def _place_read(call: Read, tools: tuple[Tool, ...]) -> Placed:
    tool = _find(_READERS, tools, needs=(_PATHS,))
    if tool is None:
        return _place_bash(f"cat {shlex.quote(call.path)}", tools)
    return tool, _filled(tool, {_PATHS: call.path})


def _place_bash(command: str, tools: tuple[Tool, ...]) -> Placed:
    tool = next((t for t in tools if _plain(t.name) in _SHELLS), None)
    if tool is None:
        raise NoTool(f"no tool for a shell command among {[t.name for t in tools]}")
    return tool, _filled(tool, {_COMMANDS: command})


def _find_exactly(name: str, tools: tuple[Tool, ...]) -> Tool:
    for tool in tools:
        if tool.name == name:
            return tool
    raise NoTool(f"no tool {name} among {[t.name for t in tools]}")


def _find(
    names: tuple[str, ...], tools: tuple[Tool, ...], *, needs: tuple[tuple[str, ...], ...]
) -> Tool | None:
    """Find a tool of one of these names that takes what the call has to give."""
    for tool in tools:
        properties = tool.schema.get("properties", {})
        if _plain(tool.name) in names and all(properties.keys() & set(need) for need in needs):
            return tool
    return None


def _filled(tool: Tool, values: Mapping[tuple[str, ...], str]) -> dict[str, object]:
    """Give each value its property's name, and what else is required something harmless."""
    properties: dict[str, Any] = tool.schema.get("properties", {})
    arguments: dict[str, object] = {}
    for names, value in values.items():
        name = next((one for one in names if one in properties), names[0])
        is_list = properties.get(name, {}).get("type") == "array"
        arguments[name] = ["bash", "-lc", value] if is_list else value
    for name in tool.schema.get("required", []):
        arguments.setdefault(name, instance(properties.get(name, {})))
    return arguments


def instance(schema: Mapping[str, Any]) -> object:
    """Make the simplest value that fits a JSON schema."""
    if "enum" in schema:
        return schema["enum"][0]
    choices = schema.get("anyOf") or schema.get("oneOf")
    return instance(choices[0]) if choices else _plain_instance(schema)


def _plain_instance(schema: Mapping[str, Any]) -> object:
    kind = schema.get("type", "string")
    match str(kind[0] if isinstance(kind, list) else kind).lower():
        case "object":
            properties: dict[str, Any] = schema.get("properties", {})
            return {name: instance(one) for name, one in properties.items()}
        case "array":
            return []
        case "boolean":
            return False
        case "integer" | "number":
            return max(1, int(schema.get("minimum", 1)))
        case _:
            return "scripted"


def instance_json(schema: Mapping[str, Any]) -> str:
    """Write the simplest value that fits a JSON schema."""
    return json.dumps(instance(schema))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())


def _full(path: str, conversation: Conversation) -> str:
    directory = find_directory(conversation)
    return path if path.startswith("/") or not directory else f"{directory.rstrip('/')}/{path}"


_REPLACE = (
    "import pathlib, sys; name, old, new = sys.argv[1:]; file = pathlib.Path(name); "
    "text = file.read_text(); assert old in text, 'not found'; "
    "file.write_text(text.replace(old, new, 1))"
)
