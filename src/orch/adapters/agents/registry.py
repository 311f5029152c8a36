"""The agents that orch knows, by the name that a profile's `adapter` key uses."""

from orch.adapters.agents.acp.agent import AcpAgent
from orch.adapters.agents.claude.agent import ClaudeAgent, MinimaxAgent
from orch.adapters.agents.codex.agent import CodexAgent
from orch.adapters.agents.command import CommandAgent
from orch.adapters.agents.copilot.agent import CopilotAgent
from orch.adapters.agents.cursor.agent import CursorAgent
from orch.adapters.agents.gemini.agent import GeminiAgent
from orch.adapters.agents.kimi.agent import KimiAgent
from orch.adapters.agents.opencode.agent import OpenCodeAgent
from orch.adapters.agents.qwen.agent import QwenAgent
from orch.adapters.agents.scripted import ScriptedAgent
from orch.ports.agent import Agent

AGENTS: dict[str, Agent] = {
    agent.adapter: agent
    for agent in (
        AcpAgent(),
        ClaudeAgent(),
        CodexAgent(),
        CommandAgent(),
        CopilotAgent(),
        CursorAgent(),
        GeminiAgent(),
        KimiAgent(),
        MinimaxAgent(),
        OpenCodeAgent(),
        QwenAgent(),
        ScriptedAgent(),
    )
}
"""One instance each; agents are pure, so one serves all sessions."""

SHORT: dict[str, str] = {"cc": "claude", "cu": "cursor", "cx": "codex"}
"""Names that people type."""

AGENTS |= {short: AGENTS[name] for short, name in SHORT.items()}
