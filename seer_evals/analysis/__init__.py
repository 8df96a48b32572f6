"""From logs to dataframes, and from those to tables; and from logs to notebooks."""

from seer_evals.analysis.frames import cells, findings, samples, scores

__all__ = ["cells", "findings", "samples", "scores"]
