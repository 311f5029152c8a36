"""Real agents: where they are installed, and what is said where they are not.

Every test of this folder is marked `agents`; `make test-agents` runs them. The programs come from
`make agents`, or from the folder that ORCH_TEST_AGENTS names.
"""

import json
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.agents.cells import CELLS, Column
from tests.agents.scene import STARTS, Play, Scene, Setting, scene
from tests.conftest import ROOT

FOLDER = Path(__file__).parent
PROGRAMS = Path(os.environ.get("ORCH_TEST_AGENTS", ROOT / ".cache" / "agents"))
TIMEOUT_S = 420
# They take up to a gigabyte each, and more than one core: one at a time.
HEAVY = ("opencode", "qwen")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known by which a test names the cell that it shows."""
    config.addinivalue_line("markers", "cell(row, column): shows a cell of docs/agents.md")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what became of a cell, for the table in docs/agents.md."""
    report = yield
    marker = item.get_closest_marker("cell")
    if marker is not None and report.when == "call":
        row, column = marker.args
        rarely = item.get_closest_marker("soak") is not None
        told = {"row": row, "column": column, "outcome": report.outcome, "rarely": rarely}
        CELLS.mkdir(parents=True, exist_ok=True)
        (CELLS / f"{row}.{column}.json").write_text(json.dumps(told), encoding="utf-8")
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder; those of heavy agents share a worker."""
    for item in items:
        if FOLDER not in item.path.parents:
            continue
        item.add_marker(pytest.mark.agents)
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))
        if any(name in item.nodeid for name in HEAVY):
            item.add_marker(pytest.mark.xdist_group("heavy-agents"))


@pytest.fixture(scope="session")
def agents_bin() -> Path:
    """Give the folder that goes to the front of PATH; it holds a Node of its own."""
    return PROGRAMS / "node_modules" / ".bin"


@pytest.fixture
def need_agent(agents_bin: Path) -> Callable[[str], Path]:
    """Give a function that finds an agent's program, or skips the test."""

    def find(name: str) -> Path:
        program = agents_bin / name
        if not program.exists():
            pytest.skip(f"{name} is not installed: make agents")
        return program

    return find


@pytest.fixture
def play(tmp_path: Path, agents_bin: Path, need_agent: Callable[[str], Path]) -> Play:
    """Give a function that opens a scene for an agent, or skips the test without it."""

    def open_scene(column: Column, setting: Setting) -> AbstractContextManager[Scene]:
        need_agent(STARTS.get(column.agent, column.agent).split()[0])
        return scene(tmp_path, agents_bin, column=column, setting=setting)

    return open_scene
