"""Prove that memory is measured."""

import psutil

from orch.system.memory import available_bytes


def test_there_is_some_memory_left() -> None:
    """More than nothing, at most all there is."""
    assert 0 < available_bytes() <= psutil.virtual_memory().total
