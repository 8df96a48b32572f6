"""One family a file: what `FAMILY` of each is."""
