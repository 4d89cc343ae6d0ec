"""Starts, watches and stops what leadscore consists of: the embedded servers and the project's own processes."""
