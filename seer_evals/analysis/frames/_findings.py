"""What reports claim, finding by finding."""

import json
from collections.abc import Iterator

from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.util import Store

from seer_evals.analysis.frames._rows import Thing, of_logs, rows
from seer_evals.lab import load_report


@of_logs
def findings(log: EvalLog) -> list[Thing]:
    """One row for each finding of each report. No report and a report that finds nothing have none: see `samples`."""
    return rows(log, _findings)


def _findings(sample: EvalSample) -> Iterator[Thing]:
    report = load_report(Store(sample.store))
    committed = report.committed if report else ()
    for number, finding in enumerate(report.findings if report else (), 1):
        said = finding.model_dump(mode="json")
        evidence = json.dumps(said.pop("evidence"))
        yield {"number": number, **said, "committed": finding in committed, "evidence": evidence}
