"""`orch init`: looks at a repository, says what it would do, and then does all of it or nothing."""
