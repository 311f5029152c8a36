"""Prove that `orch config set` changes what it is asked to, or nothing."""

from pathlib import Path

import pytest

from orch.daemon.settings.edit import edited, replace_file, set_keys
from orch.daemon.settings.effective import CONFIG, effective
from orch.daemon.settings.source import Document
from orch.system.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give an empty home beside the checkout, which is the folder around it."""
    return Home(tmp_path / "home")


def test_a_key_is_set_in_the_project(home: Home, tmp_path: Path) -> None:
    """The file is made if there is none, and what it says is in force."""
    _, problems = set_keys(home, tmp_path, changes={"landing.gate_timeout": "5m"})
    assert not problems
    assert (tmp_path / CONFIG).read_text() == '[landing]\ngate_timeout = "5m"\n'
    assert effective(home, tmp_path).project.landing.gate_timeout == 300


def test_a_key_is_set_for_the_machine(home: Home, tmp_path: Path) -> None:
    """Without a project it is the machine's file, which takes the machine's keys."""
    _, problems = set_keys(home, None, changes={"daemon.sessions": "3"})
    assert not problems
    assert home.config.read_text() == "[daemon]\nsessions = 3\n"
    assert not (tmp_path / CONFIG).exists()


def test_values_are_written_as_their_keys_want_them(home: Home, tmp_path: Path) -> None:
    """A list, a table, a truth value and a number are typed as text and written as TOML."""
    changes = {
        "agents.fixer.start_command": 'sh "fix it".sh',
        "agents.fixer.env": '{ A = "1" }',
        "agents.fixer.tty": "false",
        "landing.quality_gate": '["make a", "make b"]',
        "workspace.copy": ".env, .env.local",
        "limits.sessions": "9",
    }
    _, problems = set_keys(home, tmp_path, changes=changes)
    assert not problems
    project = effective(home, tmp_path).project
    assert project.agents[0].start_command == 'sh "fix it".sh'
    assert project.agents[0].env == (("A", "1"),)
    assert project.agents[0].tty is False
    assert project.landing.quality_gate == ("make a", "make b")
    assert project.workspace.copy == (".env", ".env.local")
    assert project.limits.sessions == 9


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("landing.mod", "x", "did you mean landing.mode?"),
        ("landing.mode", "pr", "is not yet supported"),
        ("limits.sessions", "many", "expected a whole number"),
        ("state.dsn", "postgresql://x/y", "it belongs in $ORCH_HOME/config.toml"),
        ("agent", "nobody", "no profile is called nobody"),
        ("agents.new.tty", "true", "agents.new has no start_command"),
        ("landing", "x", "expected a table"),
    ],
)
def test_what_would_be_wrong_is_not_written(
    home: Home, tmp_path: Path, key: str, text: str, words: str
) -> None:
    """The problem is the one that reading the file would tell, and there is no file."""
    _, problems = set_keys(home, tmp_path, changes={key: text})
    assert words in str(problems[0])
    assert not (tmp_path / CONFIG).parent.exists()


def test_a_file_with_problems_can_be_mended(home: Home, tmp_path: Path) -> None:
    """What was wrong before does not keep a person from setting another key."""
    (tmp_path / CONFIG).parent.mkdir()
    (tmp_path / CONFIG).write_text("[limits]\nsessions = 0\nattempts = 0\n")
    _, problems = set_keys(home, tmp_path, changes={"limits.sessions": "2"})
    assert not problems
    assert (tmp_path / CONFIG).read_text() == "[limits]\nsessions = 2\nattempts = 0\n"


def test_a_file_that_is_not_toml_is_left_alone(home: Home, tmp_path: Path) -> None:
    """It is told with its line, and not touched."""
    (tmp_path / CONFIG).parent.mkdir()
    (tmp_path / CONFIG).write_text("[limits\n")
    _, problems = set_keys(home, tmp_path, changes={"limits.sessions": "2"})
    assert "this is not TOML" in str(problems[0])
    assert (tmp_path / CONFIG).read_text() == "[limits\n"


def test_a_file_that_would_come_out_wrong_is_left_alone() -> None:
    """Where the text can't be changed safely, an editor is named as the remedy."""
    document = Document("c", b"landing = { mode = 'direct' }\n")
    found = edited(document, {"landing.base_branch": "x"}, of_host=False)
    assert "write it with an editor" in str(found)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Its mode is kept, a link to it stays a link, and no draft is left."""
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text("a = 1\n")
    real.chmod(0o600)
    link.symlink_to(real)
    replace_file(link, b"a = 2\n")
    assert link.is_symlink()
    assert real.read_bytes() == b"a = 2\n"
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "real.toml"]
