"""What viewers' terminals reply to a program's questions: dropped, for the server has replied."""

import re

_REPLY = re.compile(
    rb"\x1b\[[?>=][0-9;]*c"  # device attributes
    rb"|\x1b\[0n"  # status
    rb"|\x1b\[(?:[2-9]|[1-9][0-9]+);[0-9]+R"  # cursor position; 1;n is a key, F3 with modifiers
    rb"|\x1b\[1;(?:9|[1-9][0-9]+)R"
    rb"|\x1b\[\?[0-9]+u"  # keyboard protocol
    rb"|\x1b\[\??[0-9;]+\$y"  # modes
    rb"|\x1b\[[4689];[0-9]+;[0-9]+t"  # sizes
    rb"|\x1b\](?:4;[0-9]+|1[0-9]);rgb:[0-9a-fA-F/]+(?:\x07|\x1b\\)"  # colours
    rb"|\x1bP(?:>\||[01]\$r|[01]\+r|!\|)[^\x1b]*\x1b\\"  # version, settings
)


def without_replies(typed: bytes) -> bytes:
    """Return what a person typed, without what the terminal said by itself."""
    return _REPLY.sub(b"", typed) if b"\x1b" in typed else typed
