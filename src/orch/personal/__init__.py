"""What orch may change in a person's own configuration of agents: hooks and skills."""
