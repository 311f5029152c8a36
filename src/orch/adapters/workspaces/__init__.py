"""Workspaces of this host: git worktrees, kept ready, leased, inspected and given back."""
