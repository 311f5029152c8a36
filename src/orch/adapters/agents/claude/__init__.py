"""Claude Code: its stream of JSON on pipes, and its own screen with hooks."""
