"""Adapters for agent programs, one file each."""
