"""Writes the pages that are generated from the code: `python -m orch.testing.docs [--check]`."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from orch.core.diagram import render_lifecycle
from orch.daemon.methods.pages import render_openrpc, render_shapes
from orch.daemon.settings.reference import render_config_reference


def render_verbs() -> str:
    """Render the reference of all verbs, by the command line itself."""
    argv = [sys.executable, "-m", "orch.cli.pages"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


PAGES: dict[str, Callable[[], str]] = {
    "docs/lifecycle.md": render_lifecycle,
    "docs/config.md": render_config_reference,
    "docs/openrpc.json": render_openrpc,
    "docs/json.md": render_shapes,
    "docs/cli.md": render_verbs,
}
"""Every generated page, by its path in the repository."""


def outdated(root: Path) -> list[str]:
    """List the pages that don't say what the code says."""
    return [page for page, render in PAGES.items() if _current(root / page) != render()]


def _current(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> None:
    """Write all pages, or with `--check` say which are outdated and fail."""
    root = Path.cwd()
    if "--check" in sys.argv[1:]:
        stale = outdated(root)
        sys.exit(f"run `make docs`: {', '.join(stale)}" if stale else 0)
    for page, render in PAGES.items():
        (root / page).parent.mkdir(parents=True, exist_ok=True)
        (root / page).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
