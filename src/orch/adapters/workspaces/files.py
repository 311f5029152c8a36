"""Writes and reads small records that must survive a crash: whole, old or new, never half."""

import json
import os
import secrets
from pathlib import Path
from typing import Any


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Put a record into place; once this returns it survives a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with draft.open("w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_record(path: Path) -> dict[str, Any] | None:
    """Read a record; None if there is none, or none that can be read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def size_bytes(path: Path) -> int:
    """Add up what a folder takes on the disk, a file with several names once; 0 if it is gone."""
    total, seen = 0, set()
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                found = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - a million of them
            except FileNotFoundError:
                continue
            if found.st_nlink == 1 or (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                total += found.st_blocks * 512
    return total


def is_folder(path: Path) -> bool:
    """Tell whether a folder is there; a link to one is none."""
    return path.is_dir() and not path.is_symlink()


def remove_link(path: Path) -> None:
    """Remove a link if it is there, and nothing else."""
    if path.is_symlink():
        path.unlink(missing_ok=True)
