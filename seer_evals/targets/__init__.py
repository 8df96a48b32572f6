"""The model under study as an Inspect model."""
