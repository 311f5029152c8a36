"""Puts orch's hooks into a JSON file of hooks, beside those of others, and takes them out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orch.personal.failure import PersonalError
from orch.personal.splice import Item, Splice, append, container, remove, root
from orch.system.hook_call import is_ours

Groups = Mapping[str, dict[str, object]]
"""The group of handlers that each event gets: `{"Stop": {"hooks": [{"type": "command", …}]}}`."""


@dataclass(frozen=True, slots=True)
class HookJson:
    """Orch's groups in a JSON file whose "hooks" holds lists of groups by event."""

    groups: Groups
    empty: str = "{}\n"

    def check(self, text: str, *, name: str) -> None:
        """Refuse what is no such file, or has comments."""
        check(text, name=name)

    def is_complete(self, text: str) -> bool:
        """Tell whether exactly these handlers of orch's are there."""
        wanted = {event: _handlers(group) for event, group in self.groups.items()}
        return ours(text) == wanted

    def insert(self, text: str) -> Sequence[Splice]:
        """Add a group to each event."""
        return insert(text, self.groups)

    def strip(self, text: str) -> str:
        """Take out orch's handlers."""
        return strip(text)

    def is_void(self, text: str) -> bool:
        """Tell whether it is an object without members."""
        return not root(text).items


def check(text: str, *, name: str) -> None:
    """Refuse a text that hooks can't be put into. Raises `PersonalError`; `name` is the file."""
    try:
        found = json.loads(text)
    except RecursionError:
        raise PersonalError(f"{name} is nested too deeply") from None
    except ValueError as error:
        raise PersonalError(
            f"{name} is no plain JSON: {error}; orch does not touch files with comments or faults",
            then="mend the file, or add the hooks by hand",
        ) from None
    if not isinstance(found, dict):
        raise PersonalError(f"{name} holds no JSON object; nothing was changed")
    hooks = found.get("hooks", {})
    if not isinstance(hooks, dict):
        raise PersonalError(f'"hooks" in {name} is no object; nothing was changed')
    for event, groups in hooks.items():
        # Some agents keep settings of hooks beside the events.
        if event[:1].isupper() and not isinstance(groups, list):
            raise PersonalError(f'"hooks.{event}" in {name} is no list; nothing was changed')


def ours(text: str) -> dict[str, list[object]]:
    """Return orch's own handlers by event, as far as a text has any."""
    hooks = json.loads(text).get("hooks")
    found = {
        event: [handler for group in groups for handler in _handlers(group) if _is_ours(handler)]
        for event, groups in (hooks.items() if isinstance(hooks, dict) else ())
        if isinstance(groups, list)
    }
    return {event: handlers for event, handlers in found.items() if handlers}


def _handlers(group: object) -> list[object]:
    found = group.get("hooks") if isinstance(group, dict) else None
    return found if isinstance(found, list) else []


def _is_ours(handler: object) -> bool:
    return isinstance(handler, dict) and is_ours(handler.get("command"))


def insert(text: str, groups: Groups) -> list[Splice]:
    """Return the changes that add a group to each event."""
    splices: list[Splice] = []
    for event, group in groups.items():
        splice = _insert_one(text, event, group=group)
        text = splice.apply(text)
        splices.append(splice)
    return splices


def _insert_one(text: str, event: str, *, group: dict[str, object]) -> Splice:
    top = root(text)
    hooks = top.find("hooks")
    if hooks is None:
        return append(text, top, key="hooks", value={event: [group]}, depth=1)
    events = container(text, hooks.at)
    found = events.find(event)
    if found is None:
        return append(text, events, key=event, value=[group], depth=2)
    return append(text, container(text, found.at), value=group, depth=3)


def strip(text: str) -> str:
    """Take orch's handlers out, and what is empty without them; all else stays as written."""
    while (splice := _strip_one(text)) is not None:
        text = splice.apply(text)
    return text


def _strip_one(text: str) -> Splice | None:
    """Find one thing to take out: the outermost one that holds nothing but orch's own."""
    top = root(text)
    for index, member in enumerate(top.items):
        if member.key != "hooks" or not isinstance(member.value, dict):
            continue
        if _all_ours(member.value):
            return remove(text, top, index=index)
        splice = _strip_events(text, member)
        if splice is not None:
            return splice
    return None


def _strip_events(text: str, hooks: Item) -> Splice | None:
    events = container(text, hooks.at)
    for index, event in enumerate(events.items):
        if not isinstance(event.value, list):
            continue
        if event.value and all(_is_group_of_ours(group) for group in event.value):
            return remove(text, events, index=index)
        splice = _strip_groups(text, event)
        if splice is not None:
            return splice
    return None


def _strip_groups(text: str, event: Item) -> Splice | None:
    groups = container(text, event.at)
    for index, group in enumerate(groups.items):
        if _is_group_of_ours(group.value):
            return remove(text, groups, index=index)
        if any(_is_ours(handler) for handler in _handlers(group.value)):
            return _strip_handlers(text, group)
    return None


def _strip_handlers(text: str, group: Item) -> Splice | None:
    member = container(text, group.at).find("hooks")
    if member is None:
        return None
    handlers = container(text, member.at)
    index = next(n for n, one in enumerate(handlers.items) if _is_ours(one.value))
    return remove(text, handlers, index=index)


def _all_ours(hooks: dict[str, object]) -> bool:
    return bool(hooks) and all(
        isinstance(groups, list) and groups and all(_is_group_of_ours(group) for group in groups)
        for groups in hooks.values()
    )


def _is_group_of_ours(group: object) -> bool:
    handlers = _handlers(group)
    return bool(handlers) and all(_is_ours(handler) for handler in handlers)
