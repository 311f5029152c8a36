"""A daemon that serves a test: real socket, server, methods and writer over memory."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from orch.core.events import SlotGranted, TaskRouted, WorkspaceReady
from orch.core.landing import Item
from orch.core.project import Project
from orch.daemon.context import Context
from orch.daemon.methods.all import METHODS
from orch.daemon.server import Server
from orch.daemon.settings.reload import SettingsCache
from orch.engine.enqueue import Wanted
from orch.system.paths import Home, host_id
from orch.system.tokens import Tokens
from orch.testing.repositories import Repository, make_project, make_repository
from orch.wire.codes import WireError
from tests.daemon.doubles import Engine, Sessions

Json = Any


class Caller:
    """A client that speaks the wire by hand, so that tests see what is really sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak over this connection."""
        self.reader, self.writer = reader, writer
        self.last = 0

    async def call(self, method: str, **params: object) -> Json:
        """Call a method; raises `WireError`."""
        self.last += 1
        request = {"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}
        await self.send(json.dumps(request).encode() + b"\n")
        while True:
            message = await self.receive()
            if message.get("id") == self.last:
                if "error" in message:
                    raise WireError.from_object(message["error"])
                return message["result"]

    async def send(self, line: bytes) -> None:
        """Send a line as it is."""
        self.writer.write(line)
        await self.writer.drain()

    async def receive(self) -> dict[str, Json]:
        """Return the next message."""
        found: dict[str, Json] = json.loads(await self.reader.readline())
        return found

    async def news(self) -> dict[str, Json]:
        """Return the parameters of the next notification."""
        while "method" not in (message := await self.receive()):
            pass
        found: dict[str, Json] = message["params"]
        return found

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        await self.writer.wait_closed()


@dataclass
class Served:
    """A daemon under test, with what stands behind it in the test's hands."""

    home: Home
    project: Project
    repository: Repository
    engine: Engine
    sessions: Sessions
    context: Context
    server: Server
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def caller(self) -> Caller:
        """Connect."""
        streams = await asyncio.open_unix_connection(str(self.home.daemon_socket), limit=2**24)
        return Caller(*streams)

    async def call(self, method: str, **params: object) -> Json:
        """Call a method over a connection of its own."""
        caller = await self.caller()
        try:
            return await caller.call(method, **params)
        finally:
            await caller.close()

    async def add(self, title: str = "Mend it", **more: object) -> str:
        """Add a task to the project; return its id."""
        added = await self.call("task.add", title=title, project=self.project.id, **more)
        return str(added["id"])

    async def enqueue(self, source: str) -> Item:
        """Put a branch into the queue, as a person."""
        wanted = Wanted(project_id=self.project.id, source=source, actor="person:ada")
        return await self.engine.enqueue(wanted)

    async def begin(self, task_id: str, *, worker: str = "bodu", n: int = 1) -> None:
        """Let an attempt of a task begin, up to its workspace."""
        submit = self.engine.writer.submit
        await submit(task_id, TaskRouted(at=2.0, agent="fixer", base="main"))
        granted = SlotGranted(
            at=3.0, attempt=n, agent="fixer", host_id="h", worker=worker, token=f"fence-{n}"
        )
        await submit(task_id, granted)
        head = self.repository.head
        path = self.home.workspaces(self.project.id) / task_id
        path.mkdir(parents=True, exist_ok=True)
        ready = WorkspaceReady(
            at=4.0, attempt=n, path=str(path), branch=f"orch/{task_id}", base_commit=head
        )
        await submit(task_id, ready)

    async def begin_in_worktree(self, task_id: str) -> Path:
        """Let an attempt of a task begin in a real worktree, and return where that is."""
        await self.begin(task_id)
        folder = self.home.workspaces(self.project.id) / task_id
        folder.rmdir()
        self.repository.git("worktree", "add", "-q", "--detach", str(folder))
        return folder


@asynccontextmanager
async def serving(home: Home, folder: Path) -> AsyncIterator[Served]:
    """Serve a home that has one project, as the only thing this process does."""
    repository = make_repository(folder / "mine")
    project = replace(make_project(home.root, repository), host_id=host_id(home))
    engine, sessions, stopping = Engine(), Sessions(), asyncio.Event()
    engine.registry.save_project(project)
    context = Context(
        home=home,
        engine=engine,
        sessions=sessions,
        configuration=SettingsCache(home, engine.registry),
        started_at=time.time(),
        version="0.1.0",
        now=time.time,
        stop=stopping.set,
        tokens=Tokens(home.secret),
    )
    writing = asyncio.create_task(engine.writer.run())
    server = Server(context, METHODS)
    home.create()
    await server.start()
    try:
        yield Served(home, project, repository, engine, sessions, context, server, stopping)
    finally:
        await server.close()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        home.daemon_socket.unlink(missing_ok=True)
