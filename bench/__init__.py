"""Benchmarks: what orch costs, measured beside what a person would compare it with."""
