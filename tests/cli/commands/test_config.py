"""Prove that settings are read and changed from the command line."""

from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def test_a_setting_is_printed_bare(served: Served, orch: Terminal) -> None:
    """So that a script can take it."""
    served.repository.write({".orch/config.toml": '[landing]\nbase_branch = "trunk"\n'})
    assert (await orch.run("config", "get", "landing.base_branch")).out == "trunk\n"
    assert (await orch.run("config", "get", "limits.attempts")).out == "3\n"


async def test_a_setting_is_changed(served: Served, orch: Terminal) -> None:
    """Comments stay."""
    served.repository.write({".orch/config.toml": "# mine\n[limits]\nsessions = 1 # few\n"})
    done = await orch.run("config", "set", "limits.sessions", "2", "--json")
    assert (done.code, set(done.json)) == (0, {"what"})
    text = (served.repository.path / ".orch" / "config.toml").read_text(encoding="utf-8")
    assert "# mine" in text
    assert "sessions = 2" in text


async def test_a_bad_value_is_refused(served: Served, orch: Terminal) -> None:
    """Exit 2, and the file is as it was."""
    found = await orch.run("config", "set", "limits.sessions", "many")
    assert found.code == 2
    assert "kept: the file is as it was" in found.err
    assert not (served.repository.path / ".orch").exists()


async def test_all_settings_say_where_they_are_from(served: Served, orch: Terminal) -> None:
    """With the line of the file."""
    served.repository.write({".orch/config.toml": '[landing]\nbase_branch = "trunk"\n'})
    shown = await orch.run("config", "show", "--origin")
    row = next(one for one in shown.out.splitlines() if one.startswith("landing.base_branch"))
    assert row.endswith(".orch/config.toml:2")
    assert "default" in shown.out
    assert (await orch.run("config", "show", "--json")).json["current"] is True


async def test_a_file_that_does_not_hold_is_a_failure(served: Served, orch: Terminal) -> None:
    """Exit 1, with what is wrong and the remedy."""
    served.repository.write({".orch/config.toml": "[landing]\nmod = 1\n"})
    found = await orch.run("config", "show")
    assert found.code == 1
    assert "mod" in found.out
