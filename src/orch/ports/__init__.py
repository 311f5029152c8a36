"""Protocols of what the engine needs from the world; each a page, each with a contract suite."""
