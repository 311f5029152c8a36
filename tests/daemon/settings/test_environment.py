"""Prove that variables and flags set keys, and that a slip in their names is told."""

import pytest

from orch.daemon.settings.environment import read_environment, read_flags, variable


def test_a_variable_sets_a_key() -> None:
    """The name is made of the table and the key; the text is read as the key wants it."""
    layer = read_environment(
        {
            "ORCH_LANDING_MODE": "manual",
            "ORCH_LIMITS_SESSIONS": "7",
            "ORCH_STATE_DSN": "postgresql://x/y",
            "ORCH_COMMIT": "agent",
            "ORCH_AGENTS_MY_FIXER_IDLE_TIMEOUT": "1m",
        },
        ["my-fixer"],
    )
    assert not layer.problems
    found = {".".join(path): value.value for path, value in layer.values.items()}
    assert found == {
        "landing.mode": "manual",
        "limits.sessions": 7,
        "state.dsn": "postgresql://x/y",
        "commit": "agent",
        "agents.my-fixer.idle_timeout": 60,
    }
    assert layer.values["landing", "mode"].place.source == "ORCH_LANDING_MODE"


def test_orch_s_other_variables_are_left_alone() -> None:
    """What a session or a shell is told is no configuration; an empty variable is not set."""
    env = {
        "ORCH_HOME": "/x",
        "ORCH_SOCKET": "/x",
        "ORCH_TASK_ID": "t1",
        "ORCH_ATTEMPT": "1",
        "ORCH_WORKSPACE": "/x",
        "ORCH_WORKSPACE_NAME": "t1-x",
        "ORCH_PORT": "1",
        "ORCH_LANDING_MODE": "",
        "LANDING_MODE": "x",
    }
    layer = read_environment(env, [])
    assert not layer.values
    assert not layer.problems


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("ORCH_LANDING_MOOD", "x", "did you mean ORCH_LANDING_MODE?"),
        ("ORCH_LANDING_REVIEWERS", "4", "is not yet supported"),
        ("ORCH_LANDING_MODE", "pr", "is not yet supported"),
        ("ORCH_LIMITS_SESSIONS", "many", 'found the string "many"'),
        ("ORCH_AGENTS_NOBODY_TTY", "true", "no key has this variable"),
    ],
)
def test_a_slip_is_told_by_the_variable_s_name(name: str, text: str, words: str) -> None:
    """A variable that looks like a key and is none would otherwise have no effect in silence."""
    (problem,) = read_environment({name: text}, ["fixer"]).problems
    assert problem.source == name
    assert words in str(problem)


def test_flags_set_keys_too() -> None:
    """The same words as in the file; an unknown one is told with the nearest."""
    layer = read_flags({"landing.mode": "manual", "landing.mod": "x"})
    assert layer.values["landing", "mode"].value == "manual"
    assert "did you mean landing.mode?" in str(layer.problems[0])


def test_the_name_of_a_variable_is_made_of_the_path() -> None:
    """Dots and dashes are no part of a variable's name."""
    assert variable(("agents", "my-fixer", "tty")) == "ORCH_AGENTS_MY_FIXER_TTY"
