"""From an organism to files: the base, the adapter, the check, the entries of the cache."""
