"""Holds the index of a person's checkout as git itself does, recognisable after a crash."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orch.adapters.landers.checkouts import Checkout
from orch.system.paths import boot_id
from orch.system.process import Identity, Life, identify, probe

_SIGN = "orch landing"


class IndexBusy(Exception):
    """Another git holds the index, or its lock was left behind by one; nothing was touched."""


@dataclass(frozen=True, slots=True)
class HeldIndex:
    """A held index: changes are made to `draft`, a copy, and count from `install` on."""

    checkout: Checkout
    draft: Path

    def install(self) -> None:
        """Put the draft in the place of the index, at once and durably."""
        with self.draft.open("rb") as file:
            os.fsync(file.fileno())
        self.draft.replace(self.checkout.git_dir / "index")
        _sync(self.checkout.git_dir)


@contextlib.contextmanager
def hold_index(checkout: Checkout, landing_id: str) -> Iterator[HeldIndex]:
    """Hold `index.lock` of a checkout, so that no git of the person's comes in between.

    The lock names its holder; one that a killed orch left is taken over. A draft that was left
    behind is thrown away: the index itself tells how far a landing came. Raises `IndexBusy`.
    """
    lock, draft = checkout.git_dir / "index.lock", checkout.git_dir / "index.orch"
    _acquire(lock, f"{_SIGN} {landing_id} {_own_name()}\n")
    try:
        _discard(draft)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(checkout.git_dir / "index", draft)
        yield HeldIndex(checkout, draft)
    finally:
        _discard(draft)
        lock.unlink(missing_ok=True)


def release_left(checkout: Checkout) -> bool:
    """Remove the lock and the draft that a killed orch left; True if there was a lock of its."""
    lock = checkout.git_dir / "index.lock"
    if not _is_left(lock):
        return False
    _discard(checkout.git_dir / "index.orch")
    for draft in checkout.git_dir.glob("index.lock.orch-*"):
        draft.unlink(missing_ok=True)
    lock.unlink(missing_ok=True)
    return True


def is_ours(lock: Path) -> bool:
    """Tell whether orch made this lock, now or before."""
    return _words(lock)[:2] == _SIGN.split()


def is_left(checkout: Checkout) -> bool:
    """Tell whether a killed orch left its lock here."""
    return _is_left(checkout.git_dir / "index.lock")


def _acquire(lock: Path, text: str) -> None:
    if _is_left(lock):
        lock.unlink(missing_ok=True)
    # Written before it appears: a lock of orch's without a name could never be told from others.
    named = lock.with_name(f"index.lock.orch-{os.getpid()}")
    named.write_text(text, encoding="utf-8")
    try:
        lock.hardlink_to(named)
    except FileExistsError:
        raise IndexBusy(f"another git is at work: {lock} exists") from None
    finally:
        named.unlink()


def _discard(draft: Path) -> None:
    for name in (draft.name, f"{draft.name}.lock"):
        draft.with_name(name).unlink(missing_ok=True)


def _is_left(lock: Path) -> bool:
    """Tell whether this is a lock of orch's whose holder is dead."""
    if not is_ours(lock):
        return False
    boot, pid, start = _words(lock)[-3:]
    if not (pid.isdigit() and start.isdigit()):
        return True
    return probe(Identity("" if boot == "-" else boot, int(pid), int(start))) is Life.GONE


def _words(lock: Path) -> list[str]:
    try:
        return lock.read_bytes()[:400].decode("utf-8", "replace").split()
    except OSError:
        return []


def _own_name() -> str:
    who = identify(os.getpid())
    start = who.start_time if who is not None else 0
    return f"{boot_id() or '-'} {os.getpid()} {start}"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
