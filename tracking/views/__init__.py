"""The collector, and the pages of calls: as they arrive, and those it could not use."""
