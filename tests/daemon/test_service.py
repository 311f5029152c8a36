"""Prove that the service files are what systemd and launchd read."""

import plistlib
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orch.daemon.service import (
    launchd,
    read_environment_file,
    service_environment,
    systemd,
    write_environment_file,
)
from orch.system.paths import Home

GIVEN = {
    "PATH": "/usr/bin:relative:/usr/bin::/no/such/folder:/bin",
    "LANG": "de_DE.UTF-8",
    "ANTHROPIC_API_KEY": "secret-of-others",
    "ORCH_STATE_DSN": "postgresql://me:password@host/db",
    "ORCH_SESSION": "t1.1",
}


def parse(text: str) -> dict[str, list[tuple[str, str]]]:
    """Read a unit's sections, each with its assignments in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = []
        elif line:
            name, _, value = line.partition("=")
            found[section].append((name, value))
    return found


@pytest.fixture
def odd_home(tmp_path: Path) -> Home:
    """Give a home whose path has everything that needs quoting."""
    return Home(tmp_path / 'my "home" 100% $HOME ä')


def test_the_unit_starts_the_daemon_in_its_home(odd_home: Home, tmp_path: Path) -> None:
    """With quoted words, a clean PATH and the environment file."""
    service = systemd(odd_home, service_environment(odd_home, GIVEN), config=tmp_path / "config")
    assert service.path == tmp_path / "config/systemd/user/orch.service"
    unit = dict(parse(service.text)["Service"])
    assert unit["ExecStart"].startswith(f'"{sys.executable}" "-P" "-m" "orch.daemon"')
    assert "100%% $HOME" in unit["WorkingDirectory"]
    environment = [v for n, v in parse(service.text)["Service"] if n == "Environment"]
    assert '"PATH=/usr/bin:/bin"' in environment
    assert any(r"\"home\" 100%% $$HOME" in value for value in environment)


def test_the_unit_leaves_sessions_alone(home: Home, tmp_path: Path) -> None:
    """By its default systemd would kill them with the daemon."""
    service = systemd(home, {}, config=tmp_path)
    assert dict(parse(service.text)["Service"])["KillMode"] == "process"


def test_systemd_itself_takes_the_unit(home: Home, tmp_path: Path) -> None:
    """Where its own checker is installed."""
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("systemd is not installed")
    service = systemd(home, service_environment(home, GIVEN), config=tmp_path)
    home.root.mkdir(exist_ok=True)
    service.path.parent.mkdir(parents=True)
    service.path.write_text(service.text, encoding="utf-8")
    done = subprocess.run(
        [checker, "verify", "--user", "--man=no", str(service.path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "orch.service" not in done.stderr, done.stderr


def test_the_launchd_agent_is_a_property_list(odd_home: Home, tmp_path: Path) -> None:
    """With the same command and environment."""
    service = launchd(odd_home, service_environment(odd_home, GIVEN), folder=tmp_path)
    found = plistlib.loads(service.text.encode())
    assert found["ProgramArguments"][:3] == [sys.executable, "-P", "-m"]
    assert found["EnvironmentVariables"]["ORCH_HOME"] == str(odd_home.root)
    assert found["AbandonProcessGroup"] is True


def test_no_secret_is_in_the_service_file(home: Home, tmp_path: Path) -> None:
    """They have a file of their own that only the owner reads."""
    environment = service_environment(home, GIVEN)
    for service in (
        systemd(home, environment, config=tmp_path),
        launchd(home, environment, folder=tmp_path),
    ):
        assert "secret-of-others" not in service.text
        assert "password" not in service.text
        assert "ORCH_SESSION" not in service.text
    path = write_environment_file(home, GIVEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_environment_file(home) == {"ORCH_STATE_DSN": GIVEN["ORCH_STATE_DSN"]}


def test_an_environment_file_that_is_there_is_kept(home: Home) -> None:
    """And closed to others."""
    path = write_environment_file(home, {})
    path.write_text('# mine\nKEY="a b"\n1BAD=x\nEMPTY=\n', encoding="utf-8")
    path.chmod(0o644)
    write_environment_file(home, GIVEN)
    assert read_environment_file(home) == {"KEY": "a b", "EMPTY": ""}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
