"""Dialogs of Claude Code's own, by their words, as they were seen in these versions.

Where keys stand they choose what an unattended session needs and what the person who started it
has granted by doing so. A digit chooses its line at once, wherever the cursor stands.
"""

from typing import Final

from orch.adapters.agents.dialogs import KnownDialog
from orch.core.signs import Trouble

_SEEN: Final = "2.1.197"

KNOWN: Final = (
    KnownDialog(
        ref="claude/trust",
        version=_SEEN,
        words=r"1\. Yes, I trust this folder",
        keys=b"1",
    ),
    KnownDialog(
        ref="claude/bypass",
        version=_SEEN,
        words=r"running in Bypass Permissions mode[\s\S]*2\. Yes, I accept",
        keys=b"2",
    ),
    KnownDialog(
        ref="claude/key",
        version=_SEEN,
        words=r"Do you want to use this API key\?[\s\S]*1\. Yes",
        keys=b"1",
    ),
    KnownDialog(
        ref="claude/theme",
        version="2.0",
        words=r"Choose the text style that looks best[\s\S]*1\. ",
        keys=b"1",
    ),
    KnownDialog(
        ref="claude/login",
        version="2.0",
        words=r"Select login method|Paste code here if prompted",
        trouble=Trouble.SIGNED_OUT,
    ),
    KnownDialog(
        ref="claude/unreachable",
        version=_SEEN,
        words=r"Unable to connect to Anthropic services",
        trouble=Trouble.NETWORK,
    ),
)
"""The first that fits counts; those with a trouble tell an error, and nothing answers them."""
