"""Prove that the settings of the tools and the locks say what they should."""

import re
import tomllib

import pytest

from tests.tidy.tree import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def read_names(requirements: list[str]) -> set[str]:
    """Read the names of distributions out of requirements."""
    names = [re.match(r"[A-Za-z0-9._-]+", line) for line in requirements]
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name}


def test_each_rule_that_is_off_says_why() -> None:
    """A line that names a rule of ruff in a list of exceptions carries its reason."""
    naked = [
        f"pyproject.toml:{number}: {line.strip()}"
        for number, line in enumerate(PYPROJECT.splitlines(), start=1)
        if re.match(r'\s+"[A-Z]+\d*",', line) and not re.search(r"# \w+.* \w+", line)
    ]
    assert not naked, "\n".join(naked)


def read_lock(name: str) -> str:
    """Read one of the locks."""
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_the_lock_holds_what_the_project_asks_for(name: str) -> None:
    """Every direct dependency is in the lock; otherwise `make lock` was forgotten."""
    settings = tomllib.loads(PYPROJECT)
    asked = read_names(settings["project"]["dependencies"])
    if name == "dev":
        asked |= read_names(settings["dependency-groups"]["dev"])
        asked |= read_names(settings["build-system"]["requires"])
    missing = asked - read_names(re.findall(r"^\w\S*==", read_lock(name), re.MULTILINE))
    assert not missing, f"not in requirements/{name}.txt: {missing}; run `make lock`"


def test_both_locks_agree_on_versions() -> None:
    """What is tested is what a person installs."""
    locks = [
        set(
            re.findall(
                r"^\S+==\S+", (ROOT / "requirements" / name).read_text("utf-8"), re.MULTILINE
            )
        )
        for name in ("runtime.txt", "dev.txt")
    ]
    assert locks[0] <= locks[1], locks[0] - locks[1]


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_each_locked_version_has_a_hash(name: str) -> None:
    """Nothing is installed that isn't, byte for byte, what was locked."""
    entries = re.split(r"^(?=\w)", read_lock(name).replace("\\\n", " "), flags=re.MULTILINE)
    naked = [entry.split()[0] for entry in entries if "==" in entry and "--hash" not in entry]
    assert not naked, naked
