"""What agents leave behind that cheat, and what those leave that do not, for every kind of task."""
