"""The collector, and the page of calls it could not use."""
