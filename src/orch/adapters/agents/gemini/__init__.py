"""Gemini CLI as an agent: `gemini -o stream-json`, its own screen, or ACP."""
