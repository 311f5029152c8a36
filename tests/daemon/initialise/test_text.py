"""Prove that the first configuration is right as it stands, whatever was found."""

import itertools
import re

import pytest

from orch.daemon.initialise.commands import Found, Purpose
from orch.daemon.initialise.programs import Program
from orch.daemon.initialise.text import config_text
from orch.daemon.settings.effective import Layers, lay
from orch.daemon.settings.source import Document

TESTS = [
    (),
    (Found(Purpose.TEST, "make test", "Makefile"),),
    (Found(Purpose.TEST, 'sh -c "a\\b"', "x"), Found(Purpose.TEST, "tox", "tox.ini")),
]
CHECKS = [(), (Found(Purpose.CHECK, "make lint", "Makefile"),)]
SETUPS = [
    (),
    (Found(Purpose.SETUP, "uv sync", "uv.lock"),),
    (Found(Purpose.SETUP, "uv sync", "uv.lock"), Found(Purpose.SETUP, "npm ci", "x")),
]
PROGRAMS = [(), (Program("claude", "/bin/claude", 'claude -p "$(cat "$X")"'),)]


@pytest.mark.parametrize(
    ("tests", "checks", "setups", "programs"),
    list(itertools.product(TESTS, CHECKS, SETUPS, PROGRAMS)),
)
def test_the_text_is_right(
    tests: tuple[Found, ...],
    checks: tuple[Found, ...],
    *,
    setups: tuple[Found, ...],
    programs: tuple[Program, ...],
) -> None:
    """It has no problem, says what was found, and so does each line without its `#`."""
    text = config_text(branch="mäin", commands=(*tests, *checks, *setups), programs=programs)
    found = lay(Layers(project=Document("c", text.encode())))
    assert found.usable, found.problems
    assert found.project.landing.base_branch == "mäin"
    assert found.project.landing.quality_gate == tuple(test.command for test in tests[:1])
    assert found.project.workspace.setup == tuple(setup.command for setup in setups)
    for key in ("gate_timeout", "strategy", "copy", "warm", "sessions", "attempts"):
        uncommented = re.sub(rf"^# ({key} =)", r"\1", text, flags=re.MULTILINE)
        assert uncommented != text
        assert lay(Layers(project=Document("c", uncommented.encode()))).usable, key


@pytest.mark.parametrize("programs", PROGRAMS)
def test_the_agents_it_shows_can_be_taken_as_they_are(programs: tuple[Program, ...]) -> None:
    """Without the `#`, the profile works."""
    text = config_text(branch="main", commands=(), programs=programs)
    part = text[text.index("# [agents.") : text.index("[workspace]")]
    profile = re.sub(r"^# ?", "", part, flags=re.MULTILINE)
    found = lay(Layers(project=Document("c", profile.encode())))
    assert found.usable, found.problems
    assert found.project.agent == (programs[0].name if programs else "fixer")
