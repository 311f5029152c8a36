"""Orders for tests of session hosts."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from orch.ports.session_host import SessionSpec
from orch.testing.puppets import Argv, Puppets

PUPPETS = Puppets()


def a_spec(argv: Argv, **changes: Any) -> SessionSpec:  # noqa: ANN401 - any field of the spec
    """Order a session; what is not said is as short as it can be."""
    plain = SessionSpec(
        name="t1.1",
        argv=argv,
        cwd=str(Path.cwd()),
        env=(("PATH", os.environ["PATH"]), ("LANG", "C.UTF-8")),
        rows=24,
        cols=80,
    )
    return replace(plain, **changes)
