"""GitHub Copilot CLI as an agent: `copilot --output-format json`, or ACP."""
