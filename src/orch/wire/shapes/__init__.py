"""The shapes of all answers, as `--json` prints them: fields are added, never renamed.

Times are seconds since the epoch; null stands for what has not happened.
"""
