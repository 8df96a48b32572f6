"""The file in which a person writes the report, and what may be wrong with it."""

from pathlib import Path

import yaml
from inspect_ai.util import OutputLimitExceededError
from pydantic import ValidationError

from seer_evals.lab import Lab
from seer_evals.reports import Report, explain
from seer_evals.runtime.untrusted import problem_of

NAME = "report.yaml"
"""Of the file, in the workspace."""
MAX_CHARACTERS = 1_000_000
TEMPLATE = (Path(__file__).parent / NAME).read_text(encoding="utf-8")


class Unusable(ValueError):
    """A report that cannot be submitted; the message says what to mend."""


def read_report(text: str) -> Report:
    """The report in a file.

    Raises:
        Unusable: It is no YAML, or no report.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unusable(f"{NAME} has {len(text):,} characters, of at most {MAX_CHARACTERS:,}")
    try:
        written = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unusable(f"{NAME} is no YAML: {error}") from error
    # A YAML alias stands for what it refers to, so a few lines can be more than a machine holds.
    if problem := problem_of(written):
        raise Unusable(f"{NAME} cannot be a report: it {problem}")
    if not isinstance(written, dict):
        raise Unusable(f"{NAME} has to have the fields answer, nothing_unusual and findings")
    # A field that is left empty in YAML is null.
    given = {name: value for name, value in written.items() if value is not None}
    try:
        return Report.model_validate(given)
    except ValidationError as error:
        raise Unusable(f"Mend this in {NAME} and submit again:\n{explain(error)}") from error


async def report_of(lab: Lab) -> Report:
    """What lies in the workspace now.

    Raises:
        Unusable: There is no such file, or it cannot be submitted.
    """
    try:
        text = await lab.sandbox.read_file(f"{lab.layout.workspace}/{NAME}")
    except (OSError, UnicodeDecodeError, OutputLimitExceededError) as error:
        raise Unusable(f"{NAME} cannot be read in {lab.layout.workspace}: {error}") from error
    report = read_report(text)
    try:
        for finding in report.findings:
            lab.check(finding.evidence)
    except ValueError as error:
        raise Unusable(f"Mend this in {NAME} and submit again:\n- {error}") from error
    return report
