"""Autoraters: whoever grades an investigation."""
