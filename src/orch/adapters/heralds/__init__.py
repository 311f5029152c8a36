"""Heralds: how leads that are no sessions are told."""
