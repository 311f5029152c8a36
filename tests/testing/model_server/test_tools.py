"""Abstract calls in the tools of real agents: their names, their arguments, what they lack."""

import pytest

from orch.testing.model_server.conversation import Conversation, Tool, UserTurn
from orch.testing.model_server.script import Bash, Call, EchoLastUser, Edit, Read, UseTool, Write
from orch.testing.model_server.tools import NoTool, can_work, instance, place

WRITE, EDIT, READ = Write("a.txt", "x"), Edit("a.txt", "old", "new"), Read("a.txt")


def offer(name: str, *properties: str, required: tuple[str, ...] = ()) -> Tool:
    """Make a tool whose arguments are all texts."""
    texts = {one: {"type": "string"} for one in properties}
    return Tool(name, {"type": "object", "properties": texts, "required": list(required)})


def placed(call: Call, *tools: Tool) -> tuple[str, dict[str, object]]:
    """Place a call in a conversation whose agent works in /srv/tree."""
    turns = (UserTurn("<cwd>/srv/tree</cwd>"), UserTurn("make it blue"))
    tool, arguments = place(call, Conversation(model="x", turns=turns, tools=tools))
    return tool.name, arguments


@pytest.mark.parametrize(
    ("call", "tool", "arguments"),
    [
        (WRITE, offer("Write", "file_path", "content"), ("file_path", "content")),
        (WRITE, offer("write", "filePath", "content"), ("filePath", "content")),
        (WRITE, offer("write_file", "file_path", "content"), ("file_path", "content")),
        (WRITE, offer("create", "path", "file_text"), ("path", "file_text")),
        (EDIT, offer("Edit", "file_path", "old_string", "new_string"), ("file_path",)),
        (EDIT, offer("edit", "filePath", "oldString", "newString"), ("newString",)),
        (EDIT, offer("replace", "file_path", "old_string", "new_string"), ("old_string",)),
        (EDIT, offer("edit", "path", "old_str", "new_str"), ("old_str", "new_str")),
        (READ, offer("Read", "file_path"), ("file_path",)),
        (READ, offer("view", "path"), ("path",)),
        (Bash("ls"), offer("run_shell_command", "command"), ("command",)),
        (Bash("ls"), offer("exec_command", "cmd"), ("cmd",)),
    ],
)
def test_each_agents_own_names_are_used(call: Call, tool: Tool, arguments: tuple[str, ...]) -> None:
    """Of the tool and of its arguments."""
    name, given = placed(call, tool)
    assert name == tool.name
    assert set(arguments) <= given.keys() <= tool.schema["properties"].keys()
    assert given.get("file_path", "/srv/tree/a.txt") == "/srv/tree/a.txt"


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (WRITE, "cat > /srv/tree/a.txt <<'END_OF_SCRIPTED_FILE'\nx\n"),
        (EDIT, "/srv/tree/a.txt old new"),
        (READ, "cat /srv/tree/a.txt"),
        (EchoLastUser("said.txt"), "\nmake it blue\n"),
    ],
)
def test_the_shell_does_what_no_tool_does(call: Call, part: str) -> None:
    """Codex has nothing else."""
    name, given = placed(call, offer("shell", "command"))
    assert name == "shell"
    assert part in str(given["command"])


def test_a_command_may_be_a_list() -> None:
    """Some shells want words."""
    shell = Tool("shell", {"properties": {"command": {"type": "array"}}})
    assert placed(Bash("ls"), shell)[1] == {"command": ["bash", "-lc", "ls"]}


def test_what_is_required_is_filled() -> None:
    """By its type; what is optional is left out."""
    shell = Tool(
        "bash",
        {
            "properties": {
                "command": {"type": "string"},
                "description": {"type": "string"},
                "is_background": {"type": "boolean"},
                "timeout": {"type": "number"},
            },
            "required": ["command", "description", "is_background"],
        },
    )
    assert placed(Bash("ls"), shell)[1] == {
        "command": "ls",
        "description": "scripted",
        "is_background": False,
    }


def test_a_tool_is_called_by_its_exact_name() -> None:
    """With exactly the arguments of the script."""
    tool = offer("mcp__t__add", "a")
    assert placed(UseTool("mcp__t__add", {"a": 1}), tool) == ("mcp__t__add", {"a": 1})


@pytest.mark.parametrize("call", [WRITE, Bash("ls"), UseTool("other", {})])
def test_a_call_without_a_tool_is_an_error(call: Call) -> None:
    """It names what there is."""
    with pytest.raises(NoTool, match="think"):
        placed(call, offer("think", "text"))


def test_agents_at_work_are_told_from_side_requests() -> None:
    """By tools that change something."""
    assert can_work((offer("think"), offer("Bash", "command")))
    assert can_work((offer("Read", "file_path"),))
    assert not can_work((offer("respond_in_schema", "title"),))


def test_the_simplest_value_fits_its_schema() -> None:
    """Of every type, also where a schema leaves a choice."""
    schema = {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 3},
            "list": {"type": "array"},
            "choice": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
            "maybe": {"type": ["string", "null"]},
        },
    }
    assert instance(schema) == {"n": 3, "list": [], "choice": False, "maybe": "scripted"}
