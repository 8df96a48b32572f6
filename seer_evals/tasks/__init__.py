"""Investigations: one file each."""
