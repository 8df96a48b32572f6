"""What investigations share, those outside this package too: these names are public."""
