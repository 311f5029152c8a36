"""Many sessions that live at once, each a real task in a workspace of its own."""

from bench.benchmark import Run
from bench.house import House
from bench.repositories import make_sized

SESSIONS = 100
FILES = 10
AGENT = "exec sleep 3600"
"""An agent that is silent and does nothing."""


def make_house(run: Run, name: str) -> House:
    """Make a house with a small repository and agents that do nothing; no task yet."""
    folder = run.folder / name
    folder.mkdir()
    house = House(folder, make_sized(folder / "project", FILES))
    house.set_up(AGENT)
    return house


def start_sessions(house: House, count: int) -> None:
    """Add tasks and wait until an agent runs for each, and has been found silent."""
    with house.events("ActivityObserved") as events, house.client() as client:
        tasks = []
        for number in range(count):
            added = client.call(
                "task.add", title=f"Sit still {number}", cwd=str(house.repository.path)
            )
            assert isinstance(added, dict)
            tasks.append(str(added["id"]))
        for task in tasks:
            events.await_event("ActivityObserved", task)


def add_drafts(house: House, count: int) -> None:
    """Add tasks that nobody is to start."""
    with house.client() as client:
        for number in range(count):
            where = str(house.repository.path)
            client.call("task.add", title=f"Some day {number}", draft=True, cwd=where)
