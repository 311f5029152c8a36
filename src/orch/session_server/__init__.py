"""The session server: a small process that owns the agents' terminals and pipes, and stays."""
