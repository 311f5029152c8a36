"""Qwen Code as an agent: `qwen -o stream-json`, or ACP; it is a fork of Gemini CLI."""
