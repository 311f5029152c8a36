"""The one process that ties all parts together and serves the clients."""
