"""What the commands of a gate name."""

import pytest

from orch.core.named_files import named_files

TREE = (
    "Makefile",
    "lib/Makefile",
    "ci/run.sh",
    "check",
    "package.json",
    "tests/a.py",
    "ci/rules.mk",
    "mit leer.sh",
    ".ci/run",
)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("make test", ("Makefile",)),
        ("make -C lib test", ("Makefile", "lib/Makefile")),
        ("cd lib && make", ("lib/Makefile",)),
        ("make --file=ci/rules.mk", ("Makefile", "ci/rules.mk")),
        ("make -fci/rules.mk", ("Makefile", "ci/rules.mk")),
        ("sh ci/run.sh", ("ci/run.sh",)),
        ("./ci/run.sh 2>&1 | tee log", ("ci/run.sh",)),
        ("cd ci; sh run.sh", ("ci/run.sh",)),
        ("A=1 B=2 ./check", ("check",)),
        ("sh 'mit leer.sh'", ("mit leer.sh",)),
        ("npm test", ("package.json",)),
        (".ci/run", (".ci/run",)),
        ("(./check || ci/run.sh)", ("check", "ci/run.sh")),
        ("echo $(./check)", ("check",)),
        ("pytest tests", ()),
        ("echo 'open quote ci/run.sh", ("ci/run.sh",)),
        ("true # ci/run.sh", ()),
        ("", ()),
    ],
)
def test_files_named(command: str, expected: tuple[str, ...]) -> None:
    """A word, a word after cd, and the file behind a program count; folders don't."""
    assert named_files([command], TREE) == expected


def test_several_commands_name_each_file_once() -> None:
    """The answer is sorted and without repeats, over all commands."""
    assert named_files(["make", "make lint", "./check"], set(TREE)) == ("Makefile", "check")
