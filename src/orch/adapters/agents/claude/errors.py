"""What Claude Code's errors mean, and when a limit that it tells of ends."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from orch.adapters.agents.faults import trouble_of
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Sign, SignKind, Source, Trouble

_KINDS: Final = {
    "authentication_failed": Trouble.SIGNED_OUT,
    "oauth_org_not_allowed": Trouble.SIGNED_OUT,
    "billing_error": Trouble.USAGE_LIMIT,
    "rate_limit": Trouble.RATE_LIMIT,
    "overloaded": Trouble.OVERLOADED,
    "model_not_found": Trouble.NO_SUCH_MODEL,
    "server_error": Trouble.SERVER,
}
"""What its messages and hooks name errors; others are told by status and words."""

_LIMIT: Final = re.compile(
    r"you've hit your .{0,60}limit|usage limit reached|out of (usage|extra usage|credits)"
    r"|credit balance is too low|spend limit",
    re.IGNORECASE,
)
_REFUSAL: Final = re.compile(r"^error\b|no conversation found|root/sudo", re.IGNORECASE)
_EPOCH: Final = re.compile(r"limit reached\|(\d{10})")
_IN: Final = re.compile(r"resets in ((?:\d+\s?[dhms]\w*\s*)+)", re.IGNORECASE)
_PART: Final = re.compile(r"(\d+)\s?([dhms])", re.IGNORECASE)
_AT: Final = re.compile(
    r"resets (?:at )?(?:(?P<day>[A-Z][a-z]{2,8}(?: \d{1,2})?)(?:,| at)? )?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>[ap]m)?(?: \((?P<zone>[\w/+-]+)\))?",
)
_SECONDS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_NOON: Final = 12


def trouble_in(text: str, *, kind: str = "", status: int = 0) -> Trouble:
    """Tell an error by the provider's status, by the name it has, then by its own words."""
    if _LIMIT.search(text):
        return Trouble.USAGE_LIMIT
    if status == 404:  # noqa: PLR2004 - its provider finds everything but models
        return Trouble.NO_SUCH_MODEL
    told = trouble_of(text, status=status)
    if told is Trouble.NETWORK or (status and told is not Trouble.OTHER):
        return told
    return _KINDS.get(kind, told)


def is_usage_limit(text: str) -> bool:
    """Tell whether a message of its own says that the subscription or the money is used up."""
    return bool(_LIMIT.search(text))


def is_refusal(text: str) -> bool:
    """Tell whether what it says on its error pipe is why it won't start; it warns there, too."""
    return bool(_REFUSAL.search(text))


def resets_at(text: str, *, now: float) -> float | None:
    """Read when a limit ends, in epoch seconds; None if the message doesn't tell.

    It writes "resets 3pm (Europe/Berlin)" or "resets Oct 5, 3:30pm (UTC)"; older ones the epoch.
    """
    if found := _EPOCH.search(text):
        return float(found[1])
    if found := _IN.search(text):
        parts = _PART.findall(found[1])
        return now + sum(int(count) * _SECONDS[unit.lower()] for count, unit in parts)
    if found := _AT.search(text):
        return _next_moment(found.groupdict(), now=now)
    return None


def retry_sign(event: object, *, now: float) -> Sign:
    """Tell that the provider failed and is asked again; it names no status if nothing came."""
    kind, status = text_at(event, "error"), number_at(event, "error_status")
    trouble = trouble_in("", kind=kind, status=status)
    count = f"attempt {number_at(event, 'attempt')} of {number_at(event, 'max_retries')}"
    return Sign(
        kind=SignKind.RETRYING,
        source=Source.PROTOCOL,
        at=now,
        text=f"{kind or 'error'} {status or ''}".strip() + f", {count}",
        trouble=trouble if status or trouble is not Trouble.OTHER else Trouble.NETWORK,
        until=now + number_at(event, "retry_delay_ms") / 1000,
        ok=False,
    )


def limit_signs(info: object, *, now: float) -> Iterator[Sign]:
    """Tell a limit; one that is only near, or paid for otherwise, holds nothing up."""
    if text_at(info, "status") != "rejected" or at(info, "isUsingOverage") is True:
        return
    until = number_at(info, "resetsAt")
    yield Sign(
        kind=SignKind.LIMITED,
        source=Source.PROTOCOL,
        at=now,
        text=f"the {text_at(info, 'rateLimitType') or 'usage'} limit is reached",
        trouble=Trouble.USAGE_LIMIT,
        until=float(until) if until else None,
        ok=False,
    )


def _next_moment(found: Mapping[str, str | None], *, now: float) -> float | None:
    zone = _zone(found["zone"])
    today = datetime.fromtimestamp(now, zone)
    hour = int(found["hour"] or 0)
    if found["half"]:
        if hour > _NOON:
            return None
        hour = hour % _NOON + (_NOON if found["half"] == "pm" else 0)
    try:
        moment = today.replace(hour=hour, minute=int(found["minute"] or 0), second=0, microsecond=0)
        moment = _on_day(moment, found["day"])
    except ValueError:
        return None
    if moment.timestamp() <= now:
        moment += timedelta(days=1) if not found["day"] else timedelta(days=365)
    return moment.timestamp()


def _on_day(moment: datetime, day: str | None) -> datetime:
    """Move to "Oct 5"; a weekday or "tomorrow" is left out, so that it resumes too early."""
    if not day:
        return moment
    month, _, number = day.partition(" ")
    place, beyond = divmod(_MONTHS.find(month[:3]), 3)
    if beyond or not number:
        return moment
    return moment.replace(month=place + 1, day=int(number))


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError, KeyError):
        return UTC
