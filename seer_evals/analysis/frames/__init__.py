"""Logs as dataframes of samples, findings, scores and notebooks' cells, made by `inspect_ai.analysis`."""

from seer_evals.analysis.frames._cells import cells
from seer_evals.analysis.frames._columns import COLUMNS
from seer_evals.analysis.frames._findings import findings
from seer_evals.analysis.frames._rows import Logs, Thing, records
from seer_evals.analysis.frames._samples import NOT_RUN, VERDICTS, samples
from seer_evals.analysis.frames._scores import SampleKey, figures_of, sample_key, scores

__all__ = [
    "COLUMNS",
    "NOT_RUN",
    "VERDICTS",
    "Logs",
    "SampleKey",
    "Thing",
    "cells",
    "figures_of",
    "findings",
    "records",
    "sample_key",
    "samples",
    "scores",
]
