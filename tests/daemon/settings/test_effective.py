"""Prove that the nearest layer wins, key by key, and that each value knows where it is from."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orch.core.settings import CommitPolicy, HostSettings, LandingMode, ProjectSettings
from orch.daemon.settings.effective import CONFIG, Effective, effective
from orch.system.paths import Home

CONTRACT = """
[landing]
mode = "direct"              # direct | manual
base_branch = "main"
quality_gate = "make test"   # a command, or a list of commands; none = ungated
gate_timeout = "10m"
strategy = "squash"          # squash | rebase

[agents.fixer]               # any name; `adapter` says which adapter reads it
adapter = "command"
start_command = "sh fix.sh"
idle_timeout = "30s"
stuck_timeout = "5m"

[workspace]
setup = "uv sync"
copy = [".env"]
warm = 2

[limits]
sessions = 4
attempts = 3
"""


@dataclass
class Machine:
    """A home and a checkout whose files a test writes."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)

    def write(self, *, host: str = "", project: str = "") -> Effective:
        """Write both files and read what is in force."""
        home = Home(self.root / "home")
        home.root.mkdir(exist_ok=True)
        home.config.write_text(host, "utf-8")
        (self.root / CONFIG).parent.mkdir(exist_ok=True)
        (self.root / CONFIG).write_text(project, "utf-8")
        return effective(home, self.root, env=self.env, flags=self.flags)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give a machine without any settings."""
    return Machine(tmp_path)


def test_the_contract_s_file_is_read(machine: Machine) -> None:
    """The names that others rely on all mean what they say."""
    found = machine.write(project=CONTRACT)
    assert found.usable, found.problems
    project = found.project
    assert project.landing.quality_gate == ("make test",)
    assert project.landing.gate_timeout == 600
    assert project.workspace.setup == ("uv sync",)
    assert project.workspace.warm == 2
    assert (project.limits.sessions, project.limits.attempts) == (4, 3)
    (fixer,) = project.agents
    assert (fixer.name, fixer.start_command) == ("fixer", "sh fix.sh")
    assert (fixer.idle_timeout, fixer.stuck_timeout) == (30, 300)
    assert project.agent == "fixer", "the only profile is the one for all tasks"
    assert found.origins["agent"].line == 9
    assert project.digest


def test_nothing_written_means_the_defaults(tmp_path: Path) -> None:
    """A project without a file, on a machine without one, has the defaults of the code."""
    found = effective(Home(tmp_path / "home"), tmp_path)
    assert found.usable
    assert found.project == ProjectSettings()
    assert found.host == HostSettings(defaults=ProjectSettings())
    assert {origin.source for origin in found.origins.values()} == {"default"}


def test_the_nearest_layer_wins_key_by_key(machine: Machine) -> None:
    """Defaults, the machine, the project, the environment, flags: each may change one key."""
    machine.env = {"ORCH_LIMITS_ROUNDS": "30", "ORCH_LIMITS_ATTEMPTS": "30"}
    machine.flags = {"limits.attempts": "40"}
    found = machine.write(
        host="[limits]\nsessions = 1\nrounds = 1\nattempts = 1\n[agents.fixer]\ntty = false",
        project='[limits]\nrounds = 2\n[agents.fixer]\nstart_command = "x"',
    )
    limits = found.project.limits
    assert (limits.sessions, limits.rounds, limits.attempts) == (1, 30, 40)
    sources = [found.origins[f"limits.{key}"] for key in ("sessions", "rounds", "attempts")]
    assert [(Path(origin.source).name, origin.line) for origin in sources] == [
        ("config.toml", 2),
        ("ORCH_LIMITS_ROUNDS", None),
        ("--set limits.attempts", None),
    ]
    (fixer,) = found.project.agents
    assert fixer.tty is False
    assert fixer.start_command == "x"
    assert found.host.defaults.limits.rounds == 30


def test_the_machine_s_tables_are_read(machine: Machine) -> None:
    """Sessions, database, retention and quota hold for all projects."""
    found = machine.write(
        host="""
[daemon]
sessions = 30
log_level = "debug"
transcript = "1GB"
[state]
dsn = "postgresql://orch:pw@db/orch?password=pw2"
[retention]
events = "90d"
[gc]
keep = "12h"
quota = "1TB"
"""
    )
    assert found.usable, found.problems
    host = found.host
    assert (host.sessions, host.log_level, host.transcript_mb) == (30, "debug", 1000)
    assert (host.event_days, host.keep_days, host.quota_gb) == (90, 0.5, 1000)
    assert host.dsn == "postgresql://orch:pw@db/orch?password=pw2"
    assert found.origins["state.dsn"].shown == '"postgresql://***@db/orch?password=***"'


def test_secrets_of_agents_are_not_shown(machine: Machine) -> None:
    """A variable whose name speaks of a secret is hidden; the program still gets it."""
    found = machine.write(
        project='[agents.a]\nstart_command = "x"\nenv = { API_KEY = "s3cret", MODEL = "m" }'
    )
    assert found.project.agents[0].env == (("API_KEY", "s3cret"), ("MODEL", "m"))
    assert found.origins["agents.a.env"].shown == '{API_KEY = "***", MODEL = "m"}'


def test_a_bad_file_is_not_usable(machine: Machine) -> None:
    """What could be read is shown, yet nothing may run by it."""
    found = machine.write(
        host="[limits]\nsessions = 0", project='[landing]\nmode = "manual"\nx = 1'
    )
    assert not found.usable
    assert [problem.key for problem in found.problems] == ["limits.sessions", "landing.x"]
    assert found.project.landing.mode is LandingMode.MANUAL


def test_top_level_words_are_read(machine: Machine) -> None:
    """What stands before the first table belongs to the project as a whole."""
    found = machine.write(
        project='commit = "agent"\nrequired_tools = ["uv"]\nagent = "b"\n'
        '[agents.a]\nstart_command = "x"\n[agents.b]\nstart_command = "y"'
    )
    assert found.usable, found.problems
    assert found.project.commit is CommitPolicy.AGENT
    assert found.project.required_tools == ("uv",)
    assert found.project.agent == "b"


def test_several_profiles_and_no_choice_leave_none(machine: Machine) -> None:
    """Orch does not pick one of several: the task says which."""
    found = machine.write(
        project='[agents.a]\nstart_command = "x"\n[agents.b]\nstart_command = "y"'
    )
    assert found.usable
    assert found.project.agent == ""
