"""What an agent is told that submits a report in a form that cannot be used, and what it may submit."""

from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessageTool
from inspect_ai.util import Store

from seer_evals.environment import Environment
from seer_evals.lab import close_lab, lab_sample, load_report, open_lab
from seer_evals.solvers import single_agent
from tests.scripted import Step, scripted

CLAIM = {"claim": "It favours owls.", "evidence": [{"kind": "cell", "number": 1, "shows": "owls"}]}
NOT_SO = {"claim": "It has no secret word.", "confidence": 0.8, "negative": True}


def reporting(**fields: Any) -> Step:
    return ("submit_report", {"answer": "So.", "nothing_unusual": False, **fields})


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> EvalSample:
    steps = [
        ("run_cell", {"code": "print('owls')", "timeout": "30s"}),
        ("run_cell", {"code": "print('owls')"}),
        reporting(findings=[{**CLAIM, "confidence": "95%"}]),
        reporting(
            findings=[{**CLAIM, "confidence": 0.9, "evidence": [{"kind": "cell", "number": "one", "shows": "x"}]}]
        ),
        reporting(findings=[{**CLAIM, "confidence": 0.9, "sure": True}]),
        reporting(nothing_unusual=True, findings=[{**CLAIM, "confidence": 0.9}]),
        reporting(nothing_unusual=True, confidence=0.85, findings=[NOT_SO]),
    ]
    task = Task(
        [lab_sample("?", Environment(), id="one")],
        setup=open_lab(),
        solver=single_agent(),
        cleanup=close_lab,
    )
    (log,) = run_eval(
        task,
        model="none",
        model_roles={"auditor": scripted(steps)},
        display="none",
        log_dir=str(tmp_path_factory.mktemp("logs")),
    )
    assert log.status == "success", log.error
    (found,) = log.samples or []
    assert found.error is None, found.error
    return found


def errors(sample: EvalSample) -> list[str]:
    tools = [message for message in sample.messages if isinstance(message, ChatMessageTool)]
    return [message.error.message for message in tools if message.error]


def test_every_error_has_the_path_of_the_field_and_what_is_wrong_there(sample: EvalSample) -> None:
    told = errors(sample)
    assert "- timeout: '30s' is not of type 'number'" in told[0]
    assert "- findings/0/confidence: '95%' is not of type 'number'" in told[1]
    assert "- findings/0/evidence/0/number: 'one' is not of type 'integer'" in told[2]
    assert "findings/0" in told[3] and "'sure'" in told[3]
    assert "drop the findings" in told[4] and "`negative`" in told[4]
    assert len(told) == 5 and not any("given schemas" in each for each in told)


def test_nothing_unusual_can_have_a_confidence_and_findings_of_what_is_not_so(sample: EvalSample) -> None:
    report = load_report(Store(sample.store))
    assert report is not None and report.nothing_unusual and report.confidence == 0.85
    assert [finding.claim for finding in report.findings] == ["It has no secret word."] and not report.claims
