"""What reports claim, finding by finding."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from inspect_ai.log import EvalSample
from inspect_ai.util import Store

from seer_evals.analysis.frames._rows import Logs, Thing, frame, opened, rows
from seer_evals.lab import load_report

if TYPE_CHECKING:
    import pandas as pd


def findings(logs: Logs) -> "pd.DataFrame":
    """One row for each finding of each report. No report and a report that finds nothing have none: see `samples`.

    Args:
        logs: Files, directories, logs that were read, or several of them.

    Returns:
        The columns of `COLUMNS["findings"]`.

    Raises:
        FileNotFoundError: There is no log at a path.
        ValueError: A file is no log.
    """
    return frame("findings", (row for log in opened(logs) for row in rows(log, _findings)))


def _findings(sample: EvalSample) -> Iterator[Thing]:
    report = load_report(Store(sample.store))
    committed = report.committed if report else ()
    for number, finding in enumerate(report.findings if report else (), 1):
        said = finding.model_dump(mode="json")
        evidence = json.dumps(said.pop("evidence"))
        yield {"number": number, **said, "committed": finding in committed, "evidence": evidence}
