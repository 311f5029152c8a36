"""Prove that `orch doctor` tells what keeps a configuration from being in force."""

from orch.adapters.stores.memory import MemoryStore
from orch.core.findings import Severity
from orch.core.project import Project
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.findings import config_findings
from orch.daemon.settings.reload import SettingsCache
from orch.system.paths import Home
from orch.testing.repositories import Repository


async def test_each_problem_is_a_finding_with_its_repair(
    home: Home, registry: MemoryStore, project: Project, mine: Repository
) -> None:
    """The machine's file and each project's are looked at."""
    cache = SettingsCache(home, registry)
    cache.host()
    home.config.write_text("x = 1\n")
    mine.write({CONFIG.as_posix(): "landing.mod = 1"})
    of_machine, of_project = await config_findings(cache, [project])
    assert of_machine.severity is Severity.ERROR
    assert of_machine.what.endswith(":1: x is not a key; the last good one stays in force")
    assert of_project.subject == project.name
    assert "tasks of this project wait" in of_project.what
    assert of_project.repair == "did you mean landing.mode?"


async def test_a_project_without_a_gate_is_told(
    home: Home, registry: MemoryStore, project: Project, mine: Repository
) -> None:
    """That work lands unchecked is allowed, and shown."""
    cache = SettingsCache(home, registry)
    (found,) = await config_findings(cache, [project])
    assert found.severity is Severity.INFO
    mine.write({CONFIG.as_posix(): 'landing.quality_gate = "x"'})
    assert await config_findings(cache, [project]) == []


async def test_a_machine_without_good_settings_is_one_finding(
    home: Home, registry: MemoryStore, project: Project
) -> None:
    """Nothing else can be looked at then."""
    home.config.write_text("x = 1\n")
    (found,) = await config_findings(SettingsCache(home, registry), [project])
    assert "x is not a key" in found.what
