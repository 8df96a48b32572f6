"""Sandbox providers: where a laboratory is opened."""
