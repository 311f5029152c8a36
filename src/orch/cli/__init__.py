"""The command line: a client of the wire that starts fast and explains itself."""
