"""Adapters for gates: where and how a project's commands check a tree."""
