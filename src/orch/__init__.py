"""Run coding agents in parallel and land their work, with nothing lost."""

__version__ = "0.1.0"
