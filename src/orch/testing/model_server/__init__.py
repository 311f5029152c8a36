"""A scripted model behind the protocols that agents speak, for tests without a model.

async with ModelServer({"fix": (write("a.txt", "x"), commit("fix"), say("Done"))}) as server:
...  # An agent with its base URL at server.url("fix") does it.
assert server.steps("fix") == [0, 1, 2]
"""

from orch.testing.model_server.faults import Fault, FaultKind
from orch.testing.model_server.record import Recorded
from orch.testing.model_server.script import (
    Script,
    Step,
    Usage,
    ask,
    at_once,
    bash,
    commit,
    echo_last_user,
    edit,
    read,
    say,
    tool,
    until_user,
    write,
)
from orch.testing.model_server.script_file import parse_file, parse_script
from orch.testing.model_server.server import ModelServer
from orch.testing.model_server.thread import serve_in_thread

__all__ = [
    "Fault",
    "FaultKind",
    "ModelServer",
    "Recorded",
    "Script",
    "Step",
    "Usage",
    "ask",
    "at_once",
    "bash",
    "commit",
    "echo_last_user",
    "edit",
    "parse_file",
    "parse_script",
    "read",
    "say",
    "serve_in_thread",
    "tool",
    "until_user",
    "write",
]
