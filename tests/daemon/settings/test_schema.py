"""Prove that the schema is whole: every setting has a key, every key a setting."""

from dataclasses import fields

import pytest

from orch.core.settings import (
    AgentIdentity,
    AgentProfile,
    AuditTable,
    HostSettings,
    LandingSettings,
    Limits,
    WorkspaceTable,
)
from orch.daemon.settings.later import KEYS, TABLES, VALUES
from orch.daemon.settings.schema import SCHEMA, TABLE_NAMES, find_key


@pytest.mark.parametrize(
    ("table", "settings"),
    [
        ("landing", LandingSettings),
        ("agents.NAME", AgentProfile),
        ("workspace", WorkspaceTable),
        ("limits", Limits),
        ("identity", AgentIdentity),
        ("audit", AuditTable),
    ],
)
def test_each_setting_has_its_key(table: str, settings: type) -> None:
    """A field that no key fills could never be changed; a key without one has no effect."""
    keyed = {key.field for key in SCHEMA.values() if key.table == table}
    named = {"name"} if settings is AgentProfile else set()
    assert keyed == {field.name for field in fields(settings)} - named


def test_each_setting_of_the_machine_has_its_key() -> None:
    """The machine's tables have names of their own; together they fill every field."""
    keyed = {key.field for key in SCHEMA.values() if key.host_only}
    assert keyed == {field.name for field in fields(HostSettings)} - {"defaults"}


def test_each_example_is_right() -> None:
    """What the reference shows can be copied."""
    for key in SCHEMA.values():
        raw = key.kind.from_text(key.example.strip('"'))
        key.kind.read(raw)


def test_no_later_key_is_one_that_exists() -> None:
    """A key that became real leaves the list of those to come."""
    assert not set(KEYS) & set(SCHEMA)
    assert not set(TABLES) & TABLE_NAMES
    for path, word in VALUES:
        assert word not in SCHEMA[path].kind.words


def test_a_profile_s_name_stands_for_any() -> None:
    """The keys of all profiles are the same ones."""
    assert find_key(("agents", "fixer", "tty")) is SCHEMA["agents.NAME.tty"]
    assert find_key(("agents", "fixer")) is None
