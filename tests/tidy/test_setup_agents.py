"""Prove that installing the agents on a machine that lacks something says what to install."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT

FOLDER = ROOT / "requirements" / "agents"


def install(tmp_path: Path, *programs: str) -> subprocess.CompletedProcess[str]:
    """Run the installation where only a few basics and these programs exist."""
    (tmp_path / "bin").mkdir()
    for name in ("sh", "dirname", "mkdir", "cp", "rm"):
        (tmp_path / "bin" / name).symlink_to(Path("/bin") / name)
    for name in programs:
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
        program.chmod(0o755)
    return subprocess.run(
        ["/bin/sh", str(FOLDER / "install.sh"), str(tmp_path / "agents")],
        env={"PATH": str(tmp_path / "bin")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("programs", "missing", "remedy"),
    [
        ((), "node is not installed", "apt-get install nodejs npm"),
        (("node",), "npm is not installed", "apt-get install npm"),
        (("node", "npm", "cmp"), "no network", "Once the registry can be reached: make agents"),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path, programs: tuple[str, ...], missing: str, remedy: str
) -> None:
    """One cause, one remedy."""
    ran = install(tmp_path, *programs)
    assert ran.returncode == 1
    assert missing in ran.stderr
    assert remedy in ran.stderr
    assert not (tmp_path / "agents" / ".ready").exists()


def test_each_agent_is_locked_at_one_version() -> None:
    """The lock agrees with what is asked for, byte for byte."""
    asked = json.loads((FOLDER / "package.json").read_text("utf-8"))
    locked = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))["packages"]
    for name, version in asked["dependencies"].items():
        entry = locked[f"node_modules/{name}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")
