"""Prove that values which contradict each other, or have no effect, are told."""

import pytest

from orch.daemon.settings.effective import Layers, lay
from orch.daemon.settings.source import Document


def problems(text: str, *, host: str = "") -> list[str]:
    """List the problems of a project's file."""
    layers = Layers(host=Document("h", host.encode()), project=Document("c", text.encode()))
    return [str(problem) for problem in lay(layers).problems]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('agent = "fxer"\n[agents.fixer]\nstart_command = "x"', "did you mean fixer?"),
        ('agent = "fixer"', "there is no profile yet; write [agents.fixer], or name another"),
        ('[landing]\nresolver = "x"', "c:2: no profile is called x"),
        ('[landing]\njudge_agent = "x"', "c:2: no profile is called x: there is no profile yet"),
        (
            '[landing]\njudge_agent = "a"\n[agents.a]\nadapter = "kimi"',
            "c:2: agent a can't judge: nothing keeps kimi from writing; name another profile",
        ),
        ("[agents.a]\ntty = true", 'c:1: agents.a has no start_command, and adapter = "command"'),
        ('[agents.a]\nadapter = "scripted"', "c:1: agents.a has no script"),
        (
            '[agents.a]\nadapter = "scripted"\nscript = "x"\nstart_command = "y"',
            'c:4: agents.a.start_command has no effect with adapter = "scripted"',
        ),
        (
            '[agents.a]\nstart_command = "y"\nscript = "x"',
            'c:3: agents.a.script has no effect with adapter = "command"',
        ),
        (
            '[agents.a]\nstart_command = "y"\nprompt = "stdin"\ntty = true',
            'c:4: agents.a.tty has no effect with prompt = "stdin"',
        ),
        (
            '[agents.a]\nadapter = "claude"\ntty = true',
            'c:3: agents.a.tty has no effect with adapter = "claude"',
        ),
        (
            '[agents.a]\nadapter = "codex"\nprompt = "arg"',
            'c:3: agents.a.prompt has no effect with adapter = "codex"',
        ),
    ],
)
def test_values_that_do_not_agree_are_told(text: str, words: str) -> None:
    """Each says where it is and what to write."""
    (problem,) = problems(text)
    assert words in problem


def test_layers_may_agree_together() -> None:
    """A profile that one file begins and the other completes is whole."""
    assert not problems('[agents.a]\nstart_command = "x"', host="[agents.a]\ntty = false")


def test_an_unknown_kind_of_database_is_told_without_its_address() -> None:
    """The address may hold a password."""
    (problem,) = problems("", host='[state]\ndsn = "mysql://me:pw@db"')
    assert problem.startswith("h:2: state.dsn names no known kind of database")
    assert "pw" not in problem
