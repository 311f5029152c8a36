"""Walks of the process table, shared by all who want one at the same time."""

import asyncio

from orch.system.process import Census


class Censuses:
    """Takes a census for everybody who asked since the last one.

    Whoever asks gets one that was taken after asking. A hundred sessions that end at once would
    otherwise walk the table a hundred times, and nobody would be served meanwhile.
    """

    def __init__(self) -> None:
        self._next: asyncio.Future[Census] | None = None

    async def next(self) -> Census:
        """Wait for the next census."""
        if self._next is None:
            loop = asyncio.get_running_loop()
            self._next = loop.create_future()
            loop.call_soon(self._take)
        return await asyncio.shield(self._next)

    def _take(self) -> None:
        asked, self._next = self._next, None
        if asked is None:
            return
        try:
            asked.set_result(Census())
        except OSError as error:
            asked.set_exception(error)
