"""Puts values into the settings that the engine knows, field by field as the schema says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from orch.core.settings import (
    AgentIdentity,
    AgentProfile,
    AuditTable,
    Caps,
    GateSettings,
    HostSettings,
    LandingSettings,
    LeadSettings,
    Limits,
    ProjectSettings,
    WorkspaceTable,
)
from orch.daemon.settings.layer import Path, Value
from orch.daemon.settings.schema import TABLES, find_key


def profile_names(layers: Sequence[Mapping[Path, Value]]) -> list[str]:
    """List the names of the agents' profiles in the order in which they appear."""
    return list(dict.fromkeys(path[1] for layer in layers for path in layer if path[0] == "agents"))


def project_settings(values: Mapping[Path, Value], digest: str) -> ProjectSettings:
    """Build a project's settings; the only profile there is becomes the one for all tasks."""
    agents = tuple(
        AgentProfile(name=name, **_fields(values, "agents", name))
        for name in profile_names([values])
    )
    top = _fields(values)
    if not top["agent"] and len(agents) == 1:
        top["agent"] = agents[0].name
    return ProjectSettings(
        landing=LandingSettings(**_fields(values, "landing")),
        gate=GateSettings(**_fields(values, "gate")),
        workspace=WorkspaceTable(**_fields(values, "workspace")),
        limits=Limits(**_fields(values, "limits")),
        caps=Caps(**_fields(values, "caps")),
        lead=LeadSettings(**_fields(values, "lead")),
        identity=AgentIdentity(**_fields(values, "identity")),
        audit=AuditTable(**_fields(values, "audit")),
        agents=agents,
        digest=digest,
        **top,
    )


def host_settings(values: Mapping[Path, Value], defaults: ProjectSettings) -> HostSettings:
    """Build the machine's settings; `defaults` hold for projects that say nothing else."""
    fields: dict[str, Any] = {}
    for table in TABLES:
        fields |= _fields(values, table.path) if table.host_only else {}
    return replace(HostSettings(**fields), defaults=defaults)


def _fields(values: Mapping[Path, Value], *table: str) -> dict[str, Any]:
    """Collect the settings of one table by the fields that they fill."""
    found: dict[str, Any] = {}
    for path, value in values.items():
        key = find_key(path) if path[:-1] == table else None
        if key is not None:
            found[key.field] = value.value
    return found
