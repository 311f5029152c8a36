"""Settings and fixtures of every test; a folder's own fixtures live in its own conftest."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

pytest_plugins = ["tests.plugins.accounts", "tests.plugins.skips"]

# Before anything imports them: a failure inside of a shipped suite is explained too.
pytest.register_assert_rewrite("orch.testing")

ROOT = Path(__file__).resolve().parents[1]

set_hypothesis_home_dir(ROOT / ".cache" / "hypothesis")

# A shell that starts the tests in the background lets them, and all they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: these machines are shared, and how long an example took says nothing of the code.
settings.register_profile("sample", derandomize=True, max_examples=60, deadline=None)
settings.register_profile(
    "soak",
    max_examples=5000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sample")


def pytest_report_header() -> str:
    """Print what is needed to repeat this run's random choices."""
    return f"seed: ORCH_TEST_SEED={read_seed()}"


def read_seed() -> int:
    """Read the number that random choices in tests follow from; 0 unless it is set."""
    return int(os.environ.get("ORCH_TEST_SEED", "0"))


@pytest.fixture(scope="session")
def seed() -> int:
    """Give the number that a test's random choices must follow from."""
    return read_seed()


@pytest.fixture
def orch_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home of its own and point ORCH_HOME at it."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("ORCH_HOME", str(home))
    return home
