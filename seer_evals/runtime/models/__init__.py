"""Models as a sandbox has them: which files they are, how they load, how they are sampled from."""
