"""What a key and a table are; `schema` holds all of them."""

from dataclasses import dataclass

from orch.core.settings import HostSettings
from orch.daemon.settings.kinds import Kind

NAME = "NAME"
"""Stands in a key's path for the name of an agent's profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: what it takes, what holds without it, what it is for.

    `field` names the attribute of the settings that it fills. `host_only` keys hold for the whole
    machine and are read from `$ORCH_HOME/config.toml` only. A `secret` is never shown.
    """

    path: str
    kind: Kind
    field: str
    default: object
    doc: str
    example: str
    host_only: bool = False
    secret: bool = False

    @property
    def table(self) -> str:
        """Return the table that the key stands in; "" for the top of the file."""
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name in the file, and one sentence about it."""

    path: str
    doc: str
    host_only: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What a table of keys says of one of them."""

    kind: Kind
    example: str
    doc: str
    field: str = ""
    secret: bool = False


def keys_of(table: str, defaults: object, **rows: Row) -> tuple[Key, ...]:
    """Make the keys of a table; a key fills the field of its own name unless its row differs.

    Tables of the machine are those whose defaults come from the `HostSettings`.
    """
    return tuple(
        Key(
            path=f"{table}.{name}" if table else name,
            kind=row.kind,
            field=row.field or name,
            default=getattr(defaults, row.field or name),
            doc=row.doc,
            example=row.example,
            host_only=isinstance(defaults, HostSettings),
            secret=row.secret,
        )
        for name, row in rows.items()
    )
