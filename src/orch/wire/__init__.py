"""The wire protocol: JSON-RPC 2.0, one message a line, between clients and daemon."""
