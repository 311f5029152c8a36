"""Prove that setting up on a machine that lacks something says what to install."""

import subprocess
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Give a folder of programs in which only git and a few basics exist."""
    (tmp_path / "bin").mkdir()
    for name in ("sh", "rm"):
        (tmp_path / "bin" / name).symlink_to(Path("/bin") / name)
    add_program(tmp_path, "git", "exit 0")
    return tmp_path


def add_program(machine: Path, name: str, *lines: str) -> None:
    """Put a program into the folder."""
    program = machine / "bin" / name
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(0o755)


def set_up(machine: Path) -> subprocess.CompletedProcess[str]:
    """Run the setup with nothing else on PATH."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "requirements" / "install.sh"), "python3", "venv", "lock"],
        cwd=machine,
        env={"PATH": str(machine / "bin")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_without_git_it_names_the_package(machine: Path) -> None:
    """One cause, one remedy, and nothing made."""
    (machine / "bin" / "git").unlink()
    ran = set_up(machine)
    assert ran.returncode == 1
    assert "git is not installed" in ran.stderr
    assert "apt-get install git" in ran.stderr


def test_without_python_it_names_the_package(machine: Path) -> None:
    """One cause, one remedy, and nothing made."""
    ran = set_up(machine)
    assert ran.returncode == 1
    assert "apt-get install python3 python3-venv" in ran.stderr


def test_an_old_python_is_named_with_its_version(machine: Path) -> None:
    """The person learns which version was found and how to choose another."""
    add_program(machine, "python3", '[ "$1" = -V ] && echo Python 3.9.2 && exit 0', "exit 1")
    ran = set_up(machine)
    assert ran.returncode == 1
    assert "python3 is Python 3.9.2; Python 3.11 or newer is needed" in ran.stderr
    assert "make PYTHON=" in ran.stderr


def test_without_venv_it_names_the_package_of_this_version(machine: Path) -> None:
    """Debian splits venv from Python, one package for each version."""
    add_program(
        machine,
        "python3",
        'case "$2" in *ensurepip*) exit 1 ;; *print*) echo python3.12-venv ;; esac',
    )
    ran = set_up(machine)
    assert ran.returncode == 1
    assert "apt-get install python3.12-venv" in ran.stderr
    assert [path.name for path in machine.iterdir()] == ["bin"]
