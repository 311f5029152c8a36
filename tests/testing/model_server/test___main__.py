"""The server as a program: it tells its address, serves, and tells what came."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.testing.model_server.asking import ask, messages

SCRIPTS = {
    "scripts": {"fix": [{"say": "Done."}], "held": [{"say": "At last.", "hold": "gate"}]},
    "faults": [{"kind": "overloaded"}],
}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Start the program and give the address that it prints."""
    file = tmp_path / "scripts.json"
    file.write_text(json.dumps(SCRIPTS))
    command = [sys.executable, "-m", "orch.testing.model_server", "--scripts", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip()
        program.terminate()
        assert program.wait(60) == 0


def test_it_serves_and_tells_what_came(address: str) -> None:
    """Also which faults fired."""
    url = f"{address}/s/fix/v1/messages"
    assert [ask(url, messages()).status for _ in range(2)] == [529, 200]
    told = ask(f"{address}/_/requests", method="GET").json()
    assert told["fired"] == ["overloaded"]
    assert [one["status"] for one in told["requests"][:2]] == [529, 200]


def test_held_answers_are_let_go_from_outside(address: str) -> None:
    """By a request, since there is no other way into another process."""
    ask(f"{address}/s/fix/v1/messages", messages())
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, f"{address}/s/held/v1/messages", messages())
        ask(f"{address}/_/release/gate", method="POST")
        assert "At last." in asked.result().text
