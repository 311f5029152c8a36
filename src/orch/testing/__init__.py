"""Public fakes and contract suites, for the tests of orch and of adapters written elsewhere."""
