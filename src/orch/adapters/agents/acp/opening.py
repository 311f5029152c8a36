"""How a conversation over ACP is opened: greeting, sign-in, session, mode and model."""

from collections.abc import Iterator

from acp import schema

from orch.adapters.agents.acp import messages
from orch.adapters.agents.acp.dialect import Dialect
from orch.adapters.agents.belongings import variable
from orch.adapters.agents.lines import at, text_at
from orch.adapters.agents.rpc import Json
from orch.ports.agent import LaunchOrder


class Opening:
    """What is said before the prompt, one message after the answer to the one before."""

    def __init__(self, order: LaunchOrder, dialect: Dialect) -> None:
        """Begin with nothing known of the agent."""
        self._order = order
        self._dialect = dialect
        self._agent: schema.InitializeResponse | None = None
        self.session = ""
        self.resumes = False
        self.queues = False

    def greeted(self, result: object) -> Json | None:
        """Take what the agent is; give the request for a session, None if it can't be talked to."""
        self._agent = messages.parse(schema.InitializeResponse, result)
        if self._agent is None:
            return None
        can = self._agent.agent_capabilities
        self.resumes = bool(self._order.conversation and can and can.load_session)
        capabilities = at(result, "agentCapabilities", "_meta", "claudeCode", "promptQueueing")
        self.queues = capabilities is True
        return self.ask_session("session")

    def ask_session(self, ref: str) -> Json:
        """Ask for the conversation of before, where the agent can, or for a new one."""
        known, workspace = self._order.conversation, self._order.workspace
        if known and self.resumes:
            self.session = known
            return messages.load_session(ref, known, workspace=workspace)
        return messages.new_session(ref, workspace)

    def sign_in(self) -> str:
        """Find a way of signing in that needs nobody; empty if there is none."""
        keys = dict(self._dialect.key_of)
        methods = self._agent.auth_methods if self._agent else None
        for method in methods or []:
            told = getattr(method, "vars", None)
            names = [one.name for one in told] if told else [keys.get(method.id, "")]
            if all(name and variable(self._order, name) for name in names):
                return method.id
        return ""

    def opened(self, result: object) -> Iterator[Json]:
        """Take the session; give what has to be set before the prompt."""
        self.session = text_at(result, "sessionId") or self.session
        if mode := self._wanted_mode(result):
            yield messages.set_mode(self.session, mode)
        if self._dialect.sets_model and self._order.profile.model:
            yield from self._wanted_model(result, self._order.profile.model)

    def _wanted_mode(self, result: object) -> str:
        if self._order.profile.permission_mode != "bypass":
            return ""
        found = at(result, "modes", "availableModes")
        known = {text_at(one, "id") for one in found} if isinstance(found, list) else set()
        return next((mode for mode in self._dialect.bypass_modes if mode in known), "")

    def _wanted_model(self, result: object, model: str) -> Iterator[Json]:
        """Set the model where the agent lets it be chosen; one it does not know, it refuses."""
        options = at(result, "configOptions")
        for option in options if isinstance(options, list) else []:
            if text_at(option, "category") == "model" and text_at(option, "type") == "select":
                if text_at(option, "currentValue") != model:
                    yield messages.set_option(self.session, text_at(option, "id"), value=model)
                return
        known = isinstance(at(result, "models", "availableModels"), list)
        if known and text_at(result, "models", "currentModelId") != model:
            yield messages.set_model(self.session, model)
