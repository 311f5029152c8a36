"""Findings: what `orch doctor` reports, each with its repair."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; `ERROR` means that something promised does not hold."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something worth knowing. `repair` is the command to run; `fixable` ones `--fix` mends."""

    severity: Severity
    subject: str
    what: str
    repair: str = ""
    fixable: bool = False
