"""Implementations of the ports, one file each; they know the world and not the engine."""
