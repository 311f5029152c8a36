"""The composition root: puts ports and adapters together, serves, and ends in good order."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from orch import __version__
from orch.adapters.agents.registry import AGENTS
from orch.adapters.artifacts import LocalArtifacts
from orch.adapters.clock import SystemClock
from orch.adapters.gates.local import LocalGate
from orch.adapters.heralds.local import LocalHerald
from orch.adapters.judge_rooms.local import LocalJudgeRooms
from orch.adapters.landers.local import LocalLander
from orch.adapters.stores.opening import OpenStore, open_store
from orch.adapters.workspaces.worktree import WorktreeWorkspaces
from orch.core.audit import Command
from orch.daemon.context import Context
from orch.daemon.ending import end_sessions
from orch.daemon.hosting import choose_host
from orch.daemon.lease import TTL_S, LeaseKeeper
from orch.daemon.lock import DaemonLock
from orch.daemon.logs import set_level
from orch.daemon.methods.all import METHODS
from orch.daemon.ready import Readiness
from orch.daemon.server import Server
from orch.daemon.settings.host_file import HostFile
from orch.daemon.settings.reload import SettingsCache
from orch.daemon.trail import Trail
from orch.engine.engine import Engine
from orch.engine.kill_points import Step, no_step
from orch.engine.parts import Parts
from orch.engine.supervise import keep_running
from orch.engine.writer import Writer
from orch.system.hook_call import hook_program
from orch.system.paths import Home, host_id
from orch.system.programs import has_program
from orch.system.tokens import Tokens

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Daemon:
    """One daemon of one home. `run` serves until it is asked to stop.

    `step` is told of each step that it takes, and may end it there (for crash tests). `lease_s` is
    how long another daemon of the same database has to wait when this one says nothing more.
    """

    home: Home
    readiness: Readiness
    step: Step = no_step
    lease_s: float = TTL_S

    async def run(self) -> None:
        """Serve until SIGTERM, SIGINT or `daemon.stop`.

        Raises `AlreadyRunning`, `NewerSchemaError`, `Permanent` or `Transient` before it serves,
        and `FencedError` when another daemon has taken its place.
        """
        self.home.create()
        lock = DaemonLock(self.home)
        lock.acquire(version=__version__)
        try:
            async with AsyncExitStack() as stack:
                await self._serve(stack)
        finally:
            lock.release()

    async def _serve(self, stack: AsyncExitStack) -> None:
        opened = await asyncio.to_thread(_open, self.home)
        stack.callback(opened.close)
        keeper = LeaseKeeper(opened.registry, holder=host_id(self.home), ttl_s=self.lease_s)
        epoch = await keeper.acquire()
        stack.push_async_callback(keeper.release)
        configuration = SettingsCache(self.home, opened.registry, env=os.environ)
        set_level(configuration.host().log_level)
        parts = await self._parts(stack, opened, configuration=configuration, epoch=epoch)
        engine = Engine(parts, gate_slots=max(1, os.cpu_count() or 1))
        stopping = asyncio.Event()
        context = Context(
            home=self.home,
            engine=engine,
            sessions=parts.sessions,
            configuration=configuration,
            started_at=time.time(),
            version=__version__,
            now=time.time,
            stop=stopping.set,
            tokens=Tokens(self.home.secret),
            poke=engine.poke,
        )
        # Registered before the engine, so it runs after the engine has stopped.
        stack.push_async_callback(end_sessions, context)
        _on_signals(stopping, engine)
        trail = Trail(parts, self.home)
        running = await stack.enter_async_context(_running(engine, keeper, trail=trail))
        await _until_ready(engine, running)
        server = Server(context, METHODS)
        await server.start()
        stack.push_async_callback(server.close)
        await context.audit.note(self._begun())
        self.readiness.announce()
        log.info("serving", home=str(self.home.root), pid=os.getpid(), version=__version__)
        await _until_stopped(stopping, running)

    def _begun(self) -> Command:
        """Tell of the start: between two of them without a stop a daemon died."""
        params: dict[str, object] = {"version": __version__}
        return Command(
            at=time.time(),
            actor="orch",
            pid=os.getpid(),
            method="daemon.start",
            params=params,
            outcome="ok",
        )

    async def _parts(
        self, stack: AsyncExitStack, opened: OpenStore, *, configuration: SettingsCache, epoch: int
    ) -> Parts:
        clock = SystemClock()
        writer = Writer(opened.store, clock, epoch=epoch, step=self.step)
        sessions = choose_host(self.home, configuration.host())
        stack.push_async_callback(sessions.close)
        return Parts(
            host_id=host_id(self.home),
            store=opened.store,
            registry=opened.registry,
            writer=writer,
            clock=clock,
            configuration=configuration,
            agents=AGENTS,
            artifacts=LocalArtifacts(self.home),
            sessions=sessions,
            workspaces=WorktreeWorkspaces(self.home),
            gate=LocalGate(self.home),
            lander=LocalLander(fence=writer.confirm, step=self.step),
            herald=LocalHerald(),
            judge_rooms=LocalJudgeRooms(self.home),
            step=self.step,
            inherited=tuple(os.environ.items()),
            hook_command=hook_program(),
            session_token=Tokens(self.home.secret).of,
            has_program=lambda name, cwd: has_program(name, cwd=cwd),
        )


def _open(home: Home) -> OpenStore:
    settings = HostFile(home, os.environ).look().effective.host
    return open_store(settings.dsn or home.database)


@asynccontextmanager
async def _running(
    engine: Engine, keeper: LeaseKeeper, *, trail: Trail
) -> AsyncIterator["asyncio.Task[None]"]:
    """Run the engine, keep the lease and write the trail; at the end nothing of them is left."""

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(engine.run(), name="engine")
            group.create_task(keeper.keep(), name="lease")
            group.create_task(keep_running("trail", trail.run, clock=SystemClock()), name="trail")

    running = asyncio.create_task(both(), name="daemon")
    try:
        yield running
    finally:
        await engine.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until_ready(engine: Engine, running: "asyncio.Task[None]") -> None:
    ready = asyncio.create_task(engine.ready.wait())
    await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if running.done():
        await running


async def _until_stopped(stopping: asyncio.Event, running: "asyncio.Task[None]") -> None:
    wanted = asyncio.create_task(stopping.wait())
    await asyncio.wait({wanted, running}, return_when=asyncio.FIRST_COMPLETED)
    wanted.cancel()
    if running.done():
        await running  # It ends by itself only for a reason that has to be told.


def _on_signals(stopping: asyncio.Event, engine: Engine) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = loop.create_task(engine.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, reload)
