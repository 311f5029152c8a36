"""Prove that the daemon starts with nothing of the terminal it was started from."""

from pathlib import Path

from orch.wire.launch import DEFAULT_PATH, clean_environment, clean_path, command


def test_secrets_and_sessions_stay_behind() -> None:
    """What orch needs goes along."""
    given = {
        "HOME": "/somewhere/me",
        "LC_CTYPE": "de_DE.UTF-8",
        "ORCH_HOME": "/orch",
        "ORCH_LANDING_MODE": "manual",
        "SSH_AUTH_SOCK": "/agent",
        "AWS_SECRET_ACCESS_KEY": "no",
        "ORCH_SESSION": "t1.1",
        "ORCH_TASK_ID": "t1",
        "ORCH_PORT": "4000",
        "LD_PRELOAD": "/evil.so",
        "PYTHONPATH": "/elsewhere",
        "PATH": "/usr/bin",
    }
    kept = clean_environment(given)
    assert set(kept) == {
        "HOME",
        "LC_CTYPE",
        "ORCH_HOME",
        "ORCH_LANDING_MODE",
        "SSH_AUTH_SOCK",
        "PATH",
    }


def test_a_path_is_absolute_and_each_folder_comes_once(tmp_path: Path) -> None:
    """A relative folder would be chosen by whoever writes where the daemon stands."""
    here = str(tmp_path)
    assert clean_path(f"{here}::relative:/no/such/folder:{here}:/usr/bin") == f"{here}:/usr/bin"
    assert clean_path("") == DEFAULT_PATH


def test_the_command_ignores_the_current_folder() -> None:
    """A file `orch.py` lying about must not be run instead."""
    assert command("--ready-fd", "3")[1:] == ["-P", "-m", "orch.daemon", "--ready-fd", "3"]
