"""Answer one request: find what it asks, decide, hold it or fail it as ordered."""

import asyncio
from collections import defaultdict

from orch.testing.model_server.anthropic import Anthropic
from orch.testing.model_server.chat import Chat
from orch.testing.model_server.conversation import Conversation
from orch.testing.model_server.decide import Decided, UnknownScript, choose_script, decide
from orch.testing.model_server.delivery import Delivery
from orch.testing.model_server.dialect import Dialect
from orch.testing.model_server.faults import FaultBudget
from orch.testing.model_server.gemini import Gemini
from orch.testing.model_server.http import BadRequest, HttpRequest
from orch.testing.model_server.record import Book, Recorded
from orch.testing.model_server.responses import Responses
from orch.testing.model_server.routes import Ask, Route, find_route, list_models
from orch.testing.model_server.script import Script
from orch.testing.model_server.tools import NoTool

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (Anthropic(), Responses(), Chat(), Gemini())
}
_BYTES_PER_TOKEN = 4


class Desk:
    """Where all requests of a server arrive."""

    def __init__(self, scripts: dict[str, Script], faults: FaultBudget, *, book: Book) -> None:
        self._scripts = scripts
        self._faults = faults
        self._book = book
        self._gates: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def release(self, gate: str) -> None:
        """Open a gate for good."""
        self._gates[gate].set()

    async def reply(self, request: HttpRequest, writer: asyncio.StreamWriter) -> None:
        """Answer a request and record what became of it."""
        record = self._book.open(request.method, request.path, headers=dict(request.headers))
        delivery = Delivery(writer, self._book, record=record)
        route = find_route(request.path)
        if route is None:
            self._book.note(record, error=f"nothing at {request.path}")
            await delivery.send(404, {"error": {"message": record.error}})
            return
        self._book.note(record, protocol=route.protocol)
        if route.ask is Ask.ANSWER:
            await self._answer(request, record, route=route, delivery=delivery)
        else:
            await delivery.send(200, self._inform(request, route))

    def _inform(self, request: HttpRequest, route: Route) -> object:
        """Answer what is no turn of a model."""
        match route.ask:
            case Ask.MODELS:
                return list_models(route.protocol, sorted(self._scripts))
            case Ask.COUNT:
                return DIALECTS[route.protocol].count(len(request.body) // _BYTES_PER_TOKEN)
            case Ask.CONTROL:
                return self._control(route.rest)
            case _:
                return {}

    def _control(self, path: str) -> object:
        """Do what a test in another process asks: `/_/requests` or `/_/release/GATE`."""
        _, _, verb, *words = path.split("/")
        if verb == "release":
            self.release("/".join(words))
        fired = [one.fault for one in self._book.requests if one.fault]
        return {"requests": [one.brief() for one in self._book.requests], "fired": fired}

    async def _answer(
        self, request: HttpRequest, record: Recorded, *, route: Route, delivery: Delivery
    ) -> None:
        dialect = DIALECTS[route.protocol]
        try:
            body = request.json()
            conversation = dialect.read(body, request.path)
            self._book.note(
                record,
                body=body,
                model=conversation.model,
                last_user=conversation.last_user(),
            )
            decided = self._decide(conversation, route.script)
        except (UnknownScript, NoTool, BadRequest, KeyError, TypeError, AttributeError) as error:
            status = 404 if isinstance(error, UnknownScript) else 400
            self._book.note(record, error=f"{type(error).__name__}: {error}")
            await delivery.refuse(dialect.deny(status, f"scripted model: {record.error}"))
            return
        self._book.note(record, script=decided.script, step=decided.index)
        fault = self._faults.take(decided.script, decided.index)
        if fault is not None:
            self._book.note(record, fault=fault.kind)
            await delivery.fail(fault, dialect, decided=decided, stream=conversation.stream)
            return
        await self._hold(decided, record)
        await delivery.answer(dialect, decided, stream=conversation.stream)

    def _decide(self, conversation: Conversation, named: str | None) -> Decided:
        name = choose_script(self._scripts, conversation, named=named)
        return decide(name, self._scripts[name], conversation=conversation)

    async def _hold(self, decided: Decided, record: Recorded) -> None:
        if decided.step.hold is not None:
            self._book.note(record, held=True)
            await self._gates[decided.step.hold].wait()
            self._book.note(record, held=False)
