"""Prove that every fault of a file is told at once, each with its line and what to write."""

import pytest

from orch.daemon.settings.layer import Layer, read_layer
from orch.daemon.settings.source import Document, Parsed, parse


def read(text: str, *, of_host: bool = False) -> Layer:
    """Read a text as a project's file, or as the machine's."""
    parsed = parse(Document("c", text.encode()))
    assert isinstance(parsed, Parsed)
    return read_layer(parsed, of_host=of_host)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("landing.mod = 1", "c:1: landing.mod is not a key; did you mean landing.mode?"),
        ("quality_gate = 1", "c:1: quality_gate is not a key; did you mean landing.quality_gate?"),
        (
            "[agents.fixer]\nstart_comand = 1",
            "c:2: agents.fixer.start_comand is not a key; did you mean agents.fixer.start_command?",
        ),
        ("[lannding]\nmode = 1", "c:1: lannding is not a key; did you mean landing?"),
        ("zzz = 1", "c:1: zzz is not a key; orch config show lists all keys"),
        (
            'landing.mode = "dirct"',
            (
                'c:1: landing.mode: expected one of "direct", "manual"; found the string "dirct"; '
                'did you mean "direct"?'
            ),
        ),
        (
            "[limits]\nsessions = 0",
            "c:2: limits.sessions: expected a whole number from 1 to 1000; found the number 0",
        ),
        (
            "[workspace]\ncopy = ['']",
            "c:2: workspace.copy: expected a list of strings; one of its strings is empty",
        ),
        (
            "landing = 3",
            (
                "c:1: landing: expected a table; found the number 3; "
                "write [landing] on a line of its own"
            ),
        ),
        (
            "[[agents]]\nname = 1",
            "c:1: agents: expected a table; found a list; write [agents.NAME] on a line of its own",
        ),
        (
            "[agents]\nfixer = 1",
            (
                "c:2: agents.fixer: expected a table; found the number 1; "
                "write [agents.fixer] on a line of its own"
            ),
        ),
        (
            '[agents."a b"]',
            "c:1: \"a b\" can't be the name of an agent's profile; use letters, digits, - and _",
        ),
        (
            "[state]\ndsn = 'x'",
            (
                "c:2: state.dsn holds for the whole machine, not for one project; "
                "it belongs in $ORCH_HOME/config.toml"
            ),
        ),
    ],
)
def test_a_fault_is_told_with_place_and_remedy(text: str, problem: str) -> None:
    """What was found, what was expected and what was probably meant stand in one sentence."""
    assert [str(found) for found in read(text).problems] == [problem]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[landing]\nmode = "pr"', "landing.mode"),
        ('[pool]\npattern = "x"', "pool"),
        ("[worksource]\nenabled = false", "worksource"),
        ("[integrations]\ngithub = true", "integrations"),
        ("[budget]\nusd = 1", "budget"),
    ],
)
def test_a_key_of_a_later_version_is_refused_by_name(text: str, key: str) -> None:
    """It is never ignored in silence: the message says "not yet" and what works instead."""
    (problem,) = read(text).problems
    assert problem.key == key
    assert "is not yet supported" in problem.what
    assert problem.remedy


def test_all_faults_are_told_at_once_and_the_rest_is_read() -> None:
    """Nobody has to start over for each mistake."""
    layer = read("x = 1\n[landing]\nmode = 'manual'\ny = 2\n[limits]\nattempts = 'z'")
    assert [problem.line for problem in layer.problems] == [1, 4, 6]
    assert layer.values["landing", "mode"].value == "manual"
    assert layer.values["landing", "mode"].place.line == 3


def test_the_machine_s_file_takes_the_machine_s_keys() -> None:
    """What is refused in a project is read in `$ORCH_HOME/config.toml`."""
    layer = read("[state]\ndsn = 'postgresql://x/y'", of_host=True)
    assert not layer.problems
    assert layer.values["state", "dsn"].value == "postgresql://x/y"


def test_a_wrong_secret_is_not_repeated() -> None:
    """An error goes to screens and logs; what a secret was must not."""
    (problem,) = read("[state]\ndsn = 12345", of_host=True).problems
    assert "12345" not in str(problem)


def test_an_empty_profile_is_not_lost() -> None:
    """A table without keys still says that there is such a profile."""
    assert ("agents", "fixer") in read("[agents.fixer]").values
