"""The parts of the baseline investigator."""
