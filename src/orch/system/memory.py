"""Says how much memory this machine can still give."""

import psutil


def available_bytes() -> int:
    """Return what programs can still be given without swapping."""
    return int(psutil.virtual_memory().available)
