"""No two workspaces of a host get the same port."""

import asyncio
import socket
from pathlib import Path

import pytest

from orch.adapters.workspaces.ports_block import (
    END_PORT,
    FIRST_PORT,
    free_ports,
    move_ports,
    reserve_ports,
)
from orch.ports.errors import Transient
from orch.system.paths import Home


async def test_blocks_do_not_overlap(orch_home: Path, tmp_path: Path) -> None:
    """Many that reserve at once, blocks of different sizes, get different ports."""
    home = Home(orch_home)
    orders = [reserve_ports(home, f"w{i}", path=tmp_path, size=3 + i % 4) for i in range(12)]
    blocks = await asyncio.gather(*orders)
    ports = [port for first, size in blocks for port in range(first, first + size)]
    assert len(ports) == len(set(ports))
    assert min(ports) >= FIRST_PORT
    assert max(ports) < END_PORT


async def test_same_owner_same_ports(orch_home: Path, tmp_path: Path) -> None:
    """Who asks again gets the same block, and after giving it back others may have it."""
    home = Home(orch_home)
    first = await reserve_ports(home, "w", path=tmp_path, size=10)
    assert await reserve_ports(home, "w", path=tmp_path, size=10) == first
    await free_ports(home, "w")
    await free_ports(home, "w")
    assert await reserve_ports(home, "other", path=tmp_path, size=10) == first
    assert await reserve_ports(home, "none", path=tmp_path, size=0) == (0, 0)


async def test_busy_port(orch_home: Path, tmp_path: Path) -> None:
    """A port on which somebody listens is in no block."""
    home = Home(orch_home)
    first, size = await reserve_ports(home, "probe", path=tmp_path, size=4)
    await free_ports(home, "probe")
    with socket.create_server(("0.0.0.0", first + 2)):  # noqa: S104 - a listener on all addresses
        start, _ = await reserve_ports(home, "w", path=tmp_path, size=4)
    assert start >= first + size


async def test_owner_gone(orch_home: Path, tmp_path: Path) -> None:
    """The ports of a workspace that is no longer there are given out again; a moved one keeps."""
    home = Home(orch_home)
    (tmp_path / "moved").mkdir()
    first = await reserve_ports(home, "gone", path=tmp_path / "nowhere", size=10)
    assert await reserve_ports(home, "w", path=tmp_path / "nowhere", size=10) == first
    await move_ports(home, "w", path=tmp_path / "moved")
    assert await reserve_ports(home, "next", path=tmp_path, size=10) != first


async def test_no_ports_left(orch_home: Path, tmp_path: Path) -> None:
    """When all are taken that is said."""
    home = Home(orch_home)
    await reserve_ports(home, "w", path=tmp_path, size=1)
    with pytest.raises(Transient, match="free ports in a row"):
        await reserve_ports(home, "all", path=tmp_path, size=END_PORT - FIRST_PORT)
