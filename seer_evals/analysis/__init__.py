"""From logs to tables and notebooks."""
