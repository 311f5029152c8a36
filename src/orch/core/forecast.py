"""When gates will have ended, some of which have begun: what `orch queue` promises."""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush


def forecast(
    begun: Iterable[float | None], *, at_once: int, gate_s: float, now: float
) -> list[float]:
    """Say when each of some gates, in the order in which they get a slot, will have ended.

    `begun` says since when one runs, None that it has yet to begin; at most so many run `at_once`.
    All times are in seconds of the same clock. One that is overdue is expected now.
    """
    gates = list(begun)
    ends = [max(now, since + gate_s) for since in gates if since is not None]
    heapify(ends)
    expected: list[float] = []
    for since in gates:
        if since is None:
            free = now
            while len(ends) >= max(1, at_once):
                free = heappop(ends)
            heappush(ends, free + gate_s)
            expected.append(free + gate_s)
        else:
            expected.append(max(now, since + gate_s))
    return expected
