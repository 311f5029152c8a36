"""Prove that the page about the configuration says what the schema says."""

import re
from pathlib import Path

from orch.daemon.settings.effective import Layers, lay
from orch.daemon.settings.reference import render_config_reference
from orch.daemon.settings.schema import SCHEMA
from orch.daemon.settings.source import Document

PAGE = Path(__file__).resolve().parents[3] / "docs" / "config.md"


def test_the_page_is_the_one_that_the_schema_writes() -> None:
    """A key that changes without `make docs` is found here."""
    assert PAGE.read_text("utf-8") == render_config_reference(), "run `make docs`"


def test_the_page_has_every_key() -> None:
    """Each key has its row, with what it takes."""
    page = render_config_reference()
    for key in SCHEMA.values():
        assert f"| `{key.name}`" in page
        assert key.doc in page


def test_the_example_of_the_page_is_right() -> None:
    """What is copied from the page works."""
    blocks = re.findall(r"```toml\n(.*?)```", render_config_reference(), re.DOTALL)
    assert blocks
    for block in blocks:
        assert lay(Layers(project=Document("c", block.encode()))).usable
