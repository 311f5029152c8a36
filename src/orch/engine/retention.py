"""Retention: the history of ended tasks is kept for as long as the settings say."""

import asyncio

import structlog

from orch.engine.parts import Parts

log = structlog.get_logger()

_DAY_S = 86_400.0


async def retain(parts: Parts) -> None:
    """Prune at the start and once a day, until cancelled; without a limit nothing ever goes."""
    while True:
        days = parts.configuration.host().event_days
        if days is not None:
            before = parts.clock.now() - days * _DAY_S
            pruned = await asyncio.to_thread(parts.registry.prune, before=before)
            log.info("old history pruned", events=pruned, days=days)
        await parts.clock.sleep(_DAY_S)
