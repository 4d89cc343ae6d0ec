"""Pages of accounts and of a workspace's settings, one module a subject."""
