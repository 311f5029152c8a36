"""Implementations of the session host: the session server of this machine."""
