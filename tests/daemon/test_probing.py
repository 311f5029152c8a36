"""Programs are asked once for each version of their file, in a home that is thrown away."""

from pathlib import Path

from orch.daemon.probing import Prober, probed, sign_in
from orch.system.paths import Home
from orch.wire.shapes.settings import AgentShape


def program(folder: Path, version: str = "0.169.0") -> Path:
    """Write a program that answers as Codex does, and counts how often."""
    path = folder / "codex"
    path.write_text(
        f'#!/bin/sh\necho x >> "{folder}/asked"\n'
        f'[ "$1" = --version ] && echo "codex-cli {version}" || echo "app-server --model"\n'
        'touch "$HOME/left-behind"\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


async def test_it_is_asked_once(tmp_path: Path) -> None:
    """Again only when the file changes."""
    home, path = Home(tmp_path / "home"), program(tmp_path)
    home.create()
    first = await Prober(home).ask("codex", str(path))
    again = await Prober(home).ask("codex", str(path))
    assert first == again
    assert first
    assert (first.version, first.can) == ("0.169.0", ("headless", "terminal"))
    assert (tmp_path / "asked").read_text().count("x") == 2
    newer = await Prober(home).ask("codex", str(program(tmp_path, "0.1700.0")))
    assert newer
    assert newer.version == "0.1700.0"


async def test_a_program_that_cannot_run_has_no_version(tmp_path: Path) -> None:
    """Nothing is made up for it."""
    home = Home(tmp_path)
    found = await Prober(home).ask("codex", str(tmp_path / "missing"))
    assert found
    assert (found.version, found.can) == ("", ())
    assert await Prober(home).ask("unheard-of", "/bin/true") is None


async def test_the_remedy_names_what_is_missing(tmp_path: Path) -> None:
    """Not installed, too old."""
    shape = AgentShape(
        name="x", adapter="codex", command="", program="codex", path="", used_by=("mine",)
    )
    missing = await probed(Home(tmp_path), shape)
    assert missing.remedy.startswith("install codex")
    assert missing.modes == ("headless", "terminal")


def test_a_sign_in_is_looked_for_in_the_persons_home(tmp_path: Path) -> None:
    """By the name of the file alone."""
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "auth.json").write_text("{}")
    assert sign_in("codex", {"HOME": str(tmp_path)}) == "~/.codex/auth.json"
    assert sign_in("codex", {"HOME": str(tmp_path / "other")}) == ""
