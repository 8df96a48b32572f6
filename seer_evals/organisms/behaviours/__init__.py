"""The families of hidden behaviours: one file each, with a `FAMILY` in it."""
