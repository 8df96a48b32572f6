"""Several evaluations side by side: one row per harness, and whether their differences are any."""

from seer_evals.analysis.compare._audits import audit_differences
from seer_evals.analysis.compare._differences import differences
from seer_evals.analysis.compare._harness import RIGHT, Harness, harnesses, left_out, read_logs
from seer_evals.analysis.compare._tables import as_tables

__all__ = ["RIGHT", "Harness", "as_tables", "audit_differences", "differences", "harnesses", "left_out", "read_logs"]
