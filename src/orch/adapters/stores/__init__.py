"""Where state is kept: in memory, in SQLite or in PostgreSQL, all under one contract suite."""
