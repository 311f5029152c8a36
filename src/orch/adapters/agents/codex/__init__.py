"""The adapter for OpenAI's Codex CLI: its app server on pipes, and its own screen."""
