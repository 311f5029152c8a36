"""Landers: the landing lane's hands; `local` works in the hub on this machine."""
