"""Readers of what tests and linters write down of their failures."""
