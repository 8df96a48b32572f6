"""Harnesses: whoever does the investigating."""
