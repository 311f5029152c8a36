"""Telling a lead by a command: the words as its last argument, all of it as JSON on its input."""

import json
import sys
from pathlib import Path

import pytest

from orch.adapters.heralds.local import LocalHerald
from orch.core.address import ToCommand
from orch.ports.errors import Permanent, Transient
from tests.adapters.heralds.test_pane import TELLING

WRITE = """
import json, os, sys
given = {"argument": sys.argv[-1], "input": json.load(sys.stdin)}
given["id"] = os.environ["ORCH_MESSAGE_ID"]
json.dump(given, open(sys.argv[1], "w"))
"""


async def test_a_command_gets_words_and_json(tmp_path: Path) -> None:
    """Both carry the same id, by which it knows what it was told before."""
    where = ToCommand((sys.executable, "-c", WRITE, str(tmp_path / "got")))
    assert "took it" in await LocalHerald().tell(where, TELLING)
    got = json.loads((tmp_path / "got").read_text())
    assert got["argument"] == TELLING.text
    assert got["input"]["task_id"] == "t2"
    assert got["id"] == got["input"]["id"] == "t2-e17"


async def test_a_command_that_fails_is_tried_again_later() -> None:
    """What it said is kept for whoever looks."""
    script = "import sys; sys.exit('no connection')"
    with pytest.raises(Transient, match=r"exit 1: no connection"):
        await LocalHerald().tell(ToCommand((sys.executable, "-c", script)), TELLING)


async def test_a_command_that_is_not_there_is_given_up() -> None:
    """Its name is told."""
    with pytest.raises(Permanent, match="no-such-program"):
        await LocalHerald().tell(ToCommand(("no-such-program",)), TELLING)
