"""The demo: a small real repository with faults, agents that mend them, a green main at the end."""
