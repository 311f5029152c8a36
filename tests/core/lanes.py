"""A lane in miniature: items, and a target whose commits are named by what they hold."""

from orch.core.landing import Item, Person

TIP = "tip"


def an_item(position: int, **fields: object) -> Item:
    """Make an item without a candidate, unless the fields say otherwise."""
    wanted: dict[str, object] = {
        "id": f"l{position}",
        "project_id": "p",
        "target": "main",
        "source_ref": f"refs/orch/attempts/t{position}/1",
        "source_head": f"head-{position}",
        "title": "A change",
        "submitted_at": 1.0,
        "position": position,
        "author": Person("A", "a@example.org"),
    }
    return Item(**(wanted | fields))  # type: ignore[arg-type]


def candidate_of(onto: str, position: int) -> str:
    """Name the candidate of an item on a commit."""
    return f"{onto}+l{position}"
