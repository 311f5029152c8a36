"""Cursor's command line agent, on its documented format: never run against the real program."""
