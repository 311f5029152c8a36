"""What the end of a gate's command says of the tree, and what only of the machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.gates.judge import Disks, judge, measure_free
from orch.core.receipt import Outcome
from orch.system.run import Completed

PLENTY = Disks(free_bytes=100 * 1024**3, scratch_bytes=100 * 1024**3)
FULL = b"write failed: No space left on device\n"


def ended(code: int | None = None, **fields: object) -> Completed:
    """Make the end of a command."""
    signal = fields.pop("signal", None)
    return Completed(argv=("sh",), code=code, signal=signal, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("done", "outcome"),
    [
        (ended(0), Outcome.PASSED),
        (ended(1), Outcome.RED),
        (ended(139), Outcome.RED),
        (ended(signal=11), Outcome.RED),
        (ended(signal=9), Outcome.INFRA),
        (ended(signal=15), Outcome.INFRA),
        (ended(137), Outcome.INFRA),
        (ended(signal=9, oom=True), Outcome.INFRA),
        (ended(signal=15, timed_out=True), Outcome.INFRA),
        (ended(0, timed_out=True), Outcome.INFRA),
        (ended(0, leftovers=("12 sleep",)), Outcome.UNCLEAN),
        (ended(1, leftovers=("12 sleep",)), Outcome.RED),
        (ended(0, log_error="No space left on device"), Outcome.INFRA),
    ],
)
def test_ends_are_told_apart(done: Completed, outcome: Outcome) -> None:
    """Only an exit of the command's own speaks of the tree; every end but a pass has a reason."""
    found, reason = judge("make test", done, disks=PLENTY)
    assert found is outcome
    assert bool(reason) == (outcome is not Outcome.PASSED)


@pytest.mark.parametrize(
    ("command", "said", "outcome"),
    [
        ("pytest -q", b"sh: 1: pytest: not found\n", Outcome.INFRA),
        ("pytest -q", b"sh: line 1: pytest: command not found\n", Outcome.INFRA),
        ("npm test", b"sh: 1: jest: not found\n", Outcome.INFRA),
        ("./ci.sh", b"sh: 1: ./ci.sh: not found\n", Outcome.RED),
        ("./ci.sh", b"sh: 1: ./ci.sh: Permission denied\n", Outcome.RED),
        ("FOO=1 no-such-program", b"", Outcome.INFRA),
        ("sh -c 'exit 127'", b"", Outcome.RED),
        ("exit 127", b"", Outcome.RED),
        ("'open quote", b"", Outcome.INFRA),
    ],
)
def test_a_missing_program_is_not_a_missing_script(
    command: str, said: bytes, outcome: Outcome
) -> None:
    """A program belongs to the machine, a script with a path to the change."""
    assert judge(command, ended(127, stdout=said), disks=PLENTY)[0] is outcome


MB = 1024**2


@pytest.mark.parametrize(
    ("said", "disks", "outcome"),
    [
        (b"1 failed\n", Disks(free_bytes=1024, scratch_bytes=1024 * MB), Outcome.INFRA),
        (FULL, Disks(free_bytes=100 * MB, scratch_bytes=1024 * MB), Outcome.INFRA),
        (FULL, PLENTY, Outcome.RED),
        (b"1 failed\n", Disks(free_bytes=100 * MB, scratch_bytes=1024 * MB), Outcome.RED),
        (FULL, replace(PLENTY, scratch_bytes=1024), Outcome.INFRA),
        (b"1 failed\n", replace(PLENTY, scratch_bytes=1024), Outcome.RED),
    ],
)
def test_a_full_disk_is_nobodys_fault(said: bytes, disks: Disks, outcome: Outcome) -> None:
    """Unless there is plenty of room: then the words were the test's own."""
    assert judge("make", ended(1, stdout=said), disks=disks)[0] is outcome


def test_a_full_disk_does_not_spoil_a_pass() -> None:
    """What passed has passed."""
    assert judge("make", ended(0), disks=replace(PLENTY, free_bytes=0))[0] is Outcome.PASSED


def test_free_space_is_measured_where_a_folder_was(tmp_path: Path) -> None:
    """A gate may have deleted its own folder."""
    assert measure_free(tmp_path / "gone" / "deeper") > 0
