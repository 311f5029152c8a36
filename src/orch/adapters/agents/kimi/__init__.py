"""Kimi Code as an agent: `kimi -p --output-format stream-json`, or ACP."""
