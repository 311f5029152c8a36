"""What makes two gate runs the same, and what does not."""

import os
from pathlib import Path

import pytest

from orch.adapters.gates.fingerprint import Fingerprints, ask_version
from orch.core.receipt import Outcome, ReceiptKey
from orch.ports.gate import GateSpec
from tests.adapters.gates.worlds import RealGateWorld


@pytest.fixture
async def world(tmp_path: Path) -> RealGateWorld:
    """Give a real project with a gate."""
    return await RealGateWorld(tmp_path).open()


async def key(world: RealGateWorld, files: dict[str, str | bytes], **spec: object) -> ReceiptKey:
    """Compute the key for a tree with these files."""
    commit = world.commit(files)
    return await world.gate.key(world.project, commit, spec=world.order(commit, **spec).spec)


async def test_a_file_that_the_gate_runs_belongs_to_its_spec(world: RealGateWorld) -> None:
    """Another script is another gate; any other file only makes another tree."""
    first = await key(world, {"check.sh": "true\n"})
    other = await key(world, {"check.sh": "false\n"})
    plain = await key(world, {"check.sh": "true\n", "other.py": "x\n"})
    assert first.spec != other.spec
    assert (first.spec, first.environment) == (plain.spec, plain.environment)
    assert first.tree != plain.tree


async def test_a_makefile_belongs_to_make(world: RealGateWorld) -> None:
    """Programs that do what a file says are followed to that file."""
    one = await key(world, {"Makefile": "test:\n\ttrue\n"}, commands=("make test",))
    two = await key(world, {"Makefile": "test:\n\tfalse\n"}, commands=("make test",))
    assert one.spec != two.spec


async def test_lock_files_belong_to_the_environment(world: RealGateWorld) -> None:
    """What is installed decides what a pass is worth, wherever in the tree it is fixed."""
    plain = await key(world, {"check.sh": "true\n"})
    for name in ("uv.lock", "web/package-lock.json", "requirements-dev.txt", "rust/Cargo.lock"):
        locked = await key(world, {"check.sh": "true\n", name: "pinned\n"})
        assert locked.environment != plain.environment
        assert locked.spec == plain.spec


async def test_tools_belong_to_the_environment(world: RealGateWorld, tmp_path: Path) -> None:
    """The version that a tool tells counts, and is asked for again after a while."""
    version = tmp_path / "version"
    version.write_text("1.0\n")
    spec = GateSpec(commands=("true",), tools=(f"cat '{version}'",))
    commit = world.change(Outcome.PASSED)
    first = await world.gate.key(world.project, commit, spec=spec)
    version.write_text("2.0\n")
    assert await world.gate.key(world.project, commit, spec=spec) == first
    world.gate._fingerprints = Fingerprints()  # type: ignore[attr-defined]
    second = await world.gate.key(world.project, commit, spec=spec)
    assert second.environment != first.environment


async def test_a_tool_is_asked_as_a_gate_would() -> None:
    """One word is asked for its version; what can't be run is told, not raised."""
    assert (await ask_version("git", os.environ)).startswith("git version")
    assert await ask_version("echo $SECRET", {**os.environ, "SECRET": "s3cret"}) == ""
    assert "exit 127" in await ask_version("no-such-tool", os.environ)
