"""The key of a receipt: what makes two gate runs the same."""

import hashlib
import json
import platform
import shlex
from pathlib import Path

from orch.adapters.hub import Hub
from orch.core.named_files import named_files
from orch.core.receipt import ReceiptKey
from orch.ports.gate import GateSpec
from orch.system.git import split_z
from orch.system.run import CannotStart, Order, run

LOCK_FILES = frozenset(
    {
        "Cargo.lock",
        "Gemfile.lock",
        "Pipfile.lock",
        "bun.lockb",
        "composer.lock",
        "go.sum",
        "package-lock.json",
        "pdm.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "uv.lock",
        "yarn.lock",
    }
)
"""Files that fix what a set-up installs."""

_TOOL_TIMEOUT_S = 30.0


async def key_of(hub: Hub, commit: str, spec: GateSpec) -> ReceiptKey:
    """Compute the key for a commit. Runs git and the named tools' version commands, no gate."""
    tree = await hub.git("rev-parse", f"{commit}^{{tree}}")
    blobs = await _blobs(hub, tree)
    named = {path: blobs[path] for path in named_files(spec.commands, blobs)}
    locks = {path: blob for path, blob in blobs.items() if _is_lock(path)}
    tools = {tool: await _version(tool) for tool in spec.tools}
    machine = (platform.system(), platform.machine())
    return ReceiptKey(
        tree=tree,
        spec=_digest([spec.commands, named]),
        environment=_digest([spec.setup, locks if spec.setup else {}, tools, machine]),
    )


async def _blobs(hub: Hub, tree: str) -> dict[str, str]:
    raw = await hub.git.raw("ls-tree", "-r", "-z", "--full-tree", tree)
    found = {}
    for entry in split_z(raw):
        meta, _, path = entry.partition("\t")
        found[path] = meta.rsplit(" ", 1)[1]
    return found


def _is_lock(path: str) -> bool:
    name = Path(path).name
    return name in LOCK_FILES or (name.startswith("requirements") and name.endswith(".txt"))


async def _version(tool: str) -> str:
    words = shlex.split(tool)
    argv = words if len(words) > 1 else [*words, "--version"]
    try:
        done = await run(Order(argv=argv, timeout_s=_TOOL_TIMEOUT_S, merge=True))
    except CannotStart:
        return "missing"
    return done.stdout.decode("utf-8", "replace").strip()


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
