"""What a program answers tells what it can do; what it doesn't mention it can't."""

import pytest

from orch.adapters.agents.capabilities import ASKED, read_capabilities, signed_in

CODEX = "Commands:\n  exec  Run\n  resume  Resume\n  app-server\nOptions:\n  -m, --model <MODEL>"


@pytest.mark.parametrize(
    ("said", "version"),
    [("2.1.197 (Claude Code)", "2.1.197"), ("codex-cli 0.169.0", "0.169.0"), ("none", "")],
)
def test_the_version_is_the_first_that_is_named(said: str, version: str) -> None:
    """Wherever it stands; nothing if there is none."""
    assert read_capabilities(ASKED["codex"], version=said, help_text="").version == version


def test_what_the_help_shows_it_can() -> None:
    """And nothing else."""
    found = read_capabilities(ASKED["codex"], version="codex-cli 0.169.0", help_text=CODEX)
    assert found.can == ("headless", "terminal", "resume")
    silent = read_capabilities(ASKED["codex"], version="0.169.0", help_text="--models --appserver")
    assert silent.can == ()


@pytest.mark.parametrize(
    ("version", "too_old"), [("0.149.9", True), ("0.150.0", False), ("", False)]
)
def test_an_old_version_is_told(version: str, too_old: bool) -> None:  # noqa: FBT001 - a column
    """Where the version is known."""
    assert read_capabilities(ASKED["codex"], version=version, help_text="").too_old is too_old


def test_a_sign_in_is_seen_by_a_variable_or_a_file() -> None:
    """Its value is never looked at."""
    asked = ASKED["claude"]
    assert signed_in(asked, environment=["ANTHROPIC_API_KEY"], files=[]) == "$ANTHROPIC_API_KEY"
    assert signed_in(asked, environment=[], files=list(asked.files)) == f"~/{asked.files[0]}"
    assert signed_in(asked, environment=["OPENAI_API_KEY"], files=[]) == ""
