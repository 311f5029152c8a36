"""The Agent Client Protocol (ACP): any agent that speaks it, and that way of driving others."""
