"""Sessions as windows of a tmux session, for people who live in tmux."""
