"""OpenCode as an agent: `opencode run`, its own screen, or ACP."""
