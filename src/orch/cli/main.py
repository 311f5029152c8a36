"""The command `orch`: plain lines go straight to their verb, all others through click."""

import os
import sys

from orch.cli.exits import Failed, confess, interrupted, lost_reader, tell
from orch.cli.parse import NotPlainError, parse
from orch.cli.registry import find
from orch.wire.codes import WireError


def main() -> int:
    """Run the command line of this process and return its exit code."""
    _be_lenient()
    return run(sys.argv[1:])


def run(argv: list[str]) -> int:
    """Run one command line; every failure is told on standard error."""
    try:
        code = _dispatch(argv)
        sys.stdout.flush()
    except (Failed, WireError) as error:
        return tell(error)
    except KeyboardInterrupt:
        return interrupted()
    except BrokenPipeError:
        return lost_reader()
    except Exception as error:  # noqa: BLE001 - the edge: what nobody expected is a bug
        return confess(error, argv)
    return code


def _dispatch(argv: list[str]) -> int:
    found = None if "_ORCH_COMPLETE" in os.environ else find(argv)
    if found is not None:
        verb, words = found
        try:
            values = parse(verb, words)
        except NotPlainError:
            pass
        else:
            return verb.body(**values) or 0
    from orch.cli.app import run_click

    return run_click(argv)


def _be_lenient() -> None:
    """Never fail for a character that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
