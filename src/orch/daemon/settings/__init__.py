"""Configuration: every key as data, its layers, where each value is from, and its reload."""
