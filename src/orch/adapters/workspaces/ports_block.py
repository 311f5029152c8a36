"""Gives each workspace a block of network ports that no other workspace of this host has."""

import errno
import os
import socket
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Final

from orch.adapters.workspaces.files import read_record, write_record
from orch.ports.errors import Transient
from orch.system.file_lock import exclusive
from orch.system.paths import Home

# Below the range from which the kernel takes ports for outgoing connections (32768 on Linux).
FIRST_PORT: Final = 20000
END_PORT: Final = 32000

Blocks = dict[str, tuple[int, int, str]]


async def reserve_ports(home: Home, owner: str, *, path: Path, size: int) -> tuple[int, int]:
    """Reserve a block for `owner` and return its first port and its size; again: the same.

    Nobody listens on a port of the block at this moment. Blocks whose workspace at `path` is
    gone are given to others. Raises `Transient` if all ports are taken.
    """
    if size <= 0:
        return 0, 0
    async with exclusive(home.root / "ports.lock"):
        blocks = _read(home)
        own = blocks.get(owner)
        if own is not None and own[1] == size:
            return own[0], size
        blocks = _living(blocks, owner)
        first = _choose(home, blocks, size=size)
        _write(home, blocks | {owner: (first, size, str(path))})
        return first, size


async def move_ports(home: Home, owner: str, *, path: Path) -> None:
    """Note that the workspace that owns a block is now at another path."""
    async with exclusive(home.root / "ports.lock"):
        blocks = _read(home)
        if owner in blocks:
            first, size, _ = blocks[owner]
            _write(home, blocks | {owner: (first, size, str(path))})


async def free_ports(home: Home, owner: str) -> None:
    """Give a block back; harmless if there is none."""
    async with exclusive(home.root / "ports.lock"):
        blocks = _read(home)
        if blocks.pop(owner, None) is not None:
            _write(home, blocks)


def _living(blocks: Blocks, owner: str) -> Blocks:
    """Keep the blocks of others whose workspace is still there."""
    others = {name: block for name, block in blocks.items() if name != owner}
    return {name: block for name, block in others.items() if os.path.lexists(block[2])}


def _choose(home: Home, blocks: Blocks, *, size: int) -> int:
    """Find the first free block, beginning elsewhere in each home: two of them never talk."""
    places = range(FIRST_PORT, END_PORT - size + 1, size)
    offset = int(home.digest, 16) % len(places)
    for first in chain(places[offset:], places[:offset]):
        ends = first + size
        taken = any(first < start + n and start < ends for start, n, _ in blocks.values())
        if not taken and _all_free(range(first, ends)):
            return first
    raise Transient(f"no {size} free ports in a row between {FIRST_PORT} and {END_PORT}")


def _all_free(ports: Iterable[int]) -> bool:
    return all(_is_free(port) for port in ports)


def _is_free(port: int) -> bool:
    """Try to take it: whoever listens there already, on any address, is in the way."""
    pairs = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
    return all(_can_bind(family, address, port=port) for family, address in pairs)


def _can_bind(family: socket.AddressFamily, address: str, *, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Connections that were closed a moment ago are nobody's listener.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        # A host without IPv6 has nobody listening there.
        return error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
    return True


def _read(home: Home) -> Blocks:
    record = read_record(home.root / "ports.json") or {}
    return {name: (int(b[0]), int(b[1]), str(b[2])) for name, b in record.items()}


def _write(home: Home, blocks: Blocks) -> None:
    write_record(home.root / "ports.json", {name: list(block) for name, block in blocks.items()})
