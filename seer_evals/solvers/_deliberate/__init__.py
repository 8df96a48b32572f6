"""What `deliberate` consists of: hypotheses, the experiment that tells them apart, its outcome, and the report."""
