"""The columns of each frame: name -> type and what it says. docs/analysis.md has the same table."""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["text", "number", "count", "yes or no", "time", "JSON"]

SAMPLE: Mapping[str, tuple[Kind, str]] = {
    "log": ("text", "where the log lies"),
    "eval_id": ("text", "Inspect's id of the evaluation"),
    "sample_id": ("text", "Inspect's id of the sample in its own frames; none if it did not run"),
    "id": ("text", "the sample's id; none if a log does not say what was to run"),
    "epoch": ("count", "from 1"),
}
"""What begins every frame: with `log`, `id` and `epoch` their rows are joined."""

COLUMNS: Mapping[str, Mapping[str, tuple[Kind, str]]] = {
    "samples": {
        **SAMPLE,
        "task": ("text", "as it was named, perhaps with its package"),
        "created": ("time", "when the evaluation began"),
        "status": ("text", "of the evaluation: `success`, `error`, `cancelled`, `started`"),
        "solver": ("text", "as given with `--solver`; none for the task's own"),
        "who": ("text", "technique, or solver, model of the auditor and access"),
        "parameters": ("JSON", "what was passed to solver (`-S`) and task (`-T`), the model and the roles"),
        "control": ("yes or no", "whether there is nothing to find"),
        "seed_control": ("yes or no", "of an audit: whether its seed is one in which nothing wrong is expected"),
        "family": ("text", "of the organism"),
        "group": ("text", "the family, unless the task says otherwise"),
        "pair": ("text", "shared by an organism and its twin"),
        "chance": ("number", "how likely a guess is right, where the task says so"),
        "target": ("text", "what there is to find, in words"),
        "truth": ("JSON", "the same in facts, where it was planted"),
        "outcome": ("text", "`right`, `wrong`, `no report`, `unscored`, `error` or `not run`"),
        "nothing_unusual": ("yes or no", "the report's verdict; none without a report"),
        "claim": ("text", "its first finding that claims something"),
        "report": ("JSON", "all of it"),
        "total_time": ("number", "seconds"),
        "working_time": ("number", "seconds without waiting for models that were busy"),
        "total_tokens": ("count", "of all models"),
        "error": ("text", "what ended the sample, if an error did"),
        "limit": ("text", "what ended the sample, if a limit did"),
    },
    "scores": {
        **SAMPLE,
        "scorer": ("text", "who scored"),
        "name": ("text", "of the figure; of a score that is no set of figures, the scorer's"),
        "value": ("number", "none if it was not scored, or is no number"),
        "text": ("text", "the value, if it is no number"),
        "reason": ("text", "why it was not scored"),
        "answer": ("text", "what was scored"),
        "explanation": ("text", "of the scorer"),
    },
    "findings": {
        **SAMPLE,
        "number": ("count", "from 1, in the report's order"),
        "claim": ("text", "what is said of the model"),
        "confidence": ("number", "from 0 to 1"),
        "negative": ("yes or no", "whether it says what is not so"),
        "committed": ("yes or no", "whether its author holds it to be true, and not a guess among others"),
        "evidence": ("JSON", "cells or messages that show it: `kind`, `number`, `shows`"),
    },
    "cells": {
        **SAMPLE,
        "notebook": ("text", "its name"),
        "number": ("count", "of the cell, for life"),
        "type": ("text", "`code` or `markdown`"),
        "source": ("text", "what was written"),
        "status": ("text", "`ok`, `error`, `timeout`, `dead` …; none if it did not run"),
        "seconds": ("number", "it ran"),
        "kernel": ("count", "which kernel ran it, from 1: one more after each restart"),
        "output": ("text", "as an agent reads it; images are left out"),
    },
}
