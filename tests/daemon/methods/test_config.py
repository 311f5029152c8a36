"""Prove that settings are shown with their origin, and changed only for the good."""

import pytest

from orch.wire.codes import WireError
from tests.daemon.served import Served


async def test_a_setting_says_where_it_is_from(served: Served) -> None:
    """A file with its line, or the default."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir()
    config.write_text('# mine\n[landing]\nbase_branch = "trunk"\n')
    project = served.project.name
    found = await served.call("config.get", key="landing.base_branch", project=project)
    assert (found["value"], found["line"]) == ("trunk", 3)
    assert found["origin"].endswith(".orch/config.toml")
    other = await served.call("config.get", key="landing.mode", project=project)
    assert (other["value"], other["origin"]) == ("direct", "default")


async def test_a_key_that_is_none_names_the_nearest(served: Served) -> None:
    """Instead of an empty answer."""
    with pytest.raises(WireError) as told:
        await served.call("config.get", key="landing.base_brunch", project=served.project.name)
    assert "landing.base_branch" in told.value.next


async def test_a_change_is_written_and_in_force(served: Served) -> None:
    """And the engine looks again."""
    project = served.project.name
    await served.call("config.set", changes={"limits.sessions": "2"}, project=project)
    found = await served.call("config.get", key="limits.sessions", project=project)
    assert found["value"] == 2
    assert served.engine.reloads == 1


@pytest.mark.parametrize(
    "changes", [{}, {"landing.mod": "direct"}, {"limits.sessions": "many"}, {"landing.mode": "pr"}]
)
async def test_a_bad_change_is_not_written(served: Served, changes: dict[str, str]) -> None:
    """It says what is wrong."""
    with pytest.raises(WireError):
        await served.call("config.set", changes=changes, project=served.project.name)
    assert not (served.repository.path / ".orch" / "config.toml").exists()


async def test_the_machine_has_settings_of_its_own(served: Served) -> None:
    """In its own file."""
    await served.call("config.set", changes={"daemon.log_level": "debug"}, host=True)
    shown = await served.call("config.show", host=True)
    assert shown["project"] is None
    values = {setting["key"]: setting["value"] for setting in shown["settings"]}
    assert values["daemon.log_level"] == "debug"


async def test_a_file_that_is_not_in_force_is_told(served: Served) -> None:
    """With what is wrong with it."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir()
    config.write_text("[landing\n")
    shown = await served.call("config.show", project=served.project.name)
    assert shown["current"] is False
    assert shown["problems"]
