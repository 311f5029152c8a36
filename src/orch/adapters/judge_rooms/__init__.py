"""Judge rooms: where a judge reads what it judges."""
