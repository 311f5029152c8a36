"""What a gate's commands may see of the daemon's environment."""

from pathlib import Path

import pytest

from orch.adapters.gates.environment import compose_environment


@pytest.mark.parametrize("name", ["HOME", "PATH", "LC_TIME", "GOPATH", "HTTPS_PROXY", "TZ"])
def test_what_tools_need_is_kept(name: str) -> None:
    """Paths, languages, caches and the way out."""
    assert compose_environment({name: "x"}, scratch=Path("/s"))[name] == "x"


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "ORCH_HOME", "SSH_AUTH_SOCK", "NPM_TOKEN", "API_KEY", "PYTHONPATH", "PWD"]
)
def test_all_else_is_left_out(name: str) -> None:
    """A name that is not on the list does not get through."""
    assert name not in compose_environment({name: "x"}, scratch=Path("/s"))


def test_a_password_in_an_address_is_left_out() -> None:
    """A proxy with credentials is a secret."""
    given = {"HTTP_PROXY": "http://joe:s3cret@proxy:1", "NO_PROXY": "localhost"}
    composed = compose_environment(given, scratch=Path("/s"))
    assert "HTTP_PROXY" not in composed
    assert composed["NO_PROXY"] == "localhost"


def test_it_says_where_it_runs() -> None:
    """Programs see that this is an automatic run, and where to put temporary files."""
    composed = compose_environment({"CI": "false", "TMPDIR": "/mine"}, scratch=Path("/s"))
    assert (composed["CI"], composed["ORCH_GATE"], composed["TMPDIR"]) == ("true", "1", "/s")
