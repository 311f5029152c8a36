"""Wrappers of the machine: paths, processes, terminals, git."""
