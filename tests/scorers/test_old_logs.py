"""Logs of before a study was one folder are scored again with the same numbers, without models or laboratory."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import score
from inspect_ai.log import EvalLog, read_eval_log

import seer_evals.scorers
from seer_evals.analysis import samples
from seer_evals.studies import STUDY_KEY
from tests.scorers.judging import judge

ROOT = Path(__file__).parents[2]
STUDIES = sorted((ROOT / "tests" / "data" / "logs").glob("*.eval"))
UNJUDGED = sorted((ROOT / "logs" / "sample").glob("*.eval"))
ANSWERS: dict[str, dict[str, Any]] = {
    "`kept`": {"kept": True},
    "`not_computed`": {"not_computed": []},
    "`partly`": {"verdict": "partly"},
    "`neutral`": {"verdict": "true"},
    "`contradicted`": {"verdict": "supported"},
}
"""What the form of an answer names -> what the judge says. The logs were scored with the same."""


def said(prompt: str) -> str:
    form = prompt.rsplit("Answer with a JSON object", 1)[-1]
    return json.dumps({"reasoning": "So it is."} | next(each for word, each in ANSWERS.items() if word in form))


def scored_again(log: EvalLog) -> EvalLog:
    """As `inspect score --action overwrite` does it with today's scorers, and a judge where there was one."""
    scorers = [
        getattr(seer_evals.scorers, each.name.rsplit("/")[-1])(**each.options or {}) for each in log.eval.scorers or []
    ]
    roles: dict[str, Any] = {"judge": judge(said)} if log.location not in map(str, UNJUDGED) else {}
    return score(log, scorers, action="overwrite", model_roles=roles, display="none")


def figures(log: EvalLog) -> dict[tuple[str, int, str], dict[str, Any]]:
    """The value of each score; what has none is None, which is equal to itself."""
    return {
        (str(sample.id), sample.epoch, scorer): {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in found.value.items()
        }
        for sample in log.samples or []
        for scorer, found in (sample.scores or {}).items()
        if isinstance(found.value, dict)
    }


def test_there_is_one_of_each_study_of_that_time() -> None:
    assert len(STUDIES) == 12 and len(UNJUDGED) == 1
    assert all((ROOT / "seer_evals" / "tasks" / path.stem / f"{path.stem}.py").is_file() for path in STUDIES)


def of_an_earlier_rule(key: tuple[str, int, str]) -> bool:
    """`logs/sample` is older than the rule that `alias_match` says nothing of a twin; it was 1 for saying nothing."""
    return key[0].endswith("-twin") and key[2] == "alias_match"


@pytest.mark.parametrize("path", [*UNJUDGED, *STUDIES], ids=lambda path: path.stem[:24])
def test_the_numbers_are_the_same(path: Path) -> None:
    """Figures that scorers have learnt to give since are no change."""
    log = read_eval_log(str(path))
    before = {key: value for key, value in figures(log).items() if path in STUDIES or not of_an_earlier_rule(key)}
    assert log.status == "success" and any(value for each in before.values() for value in each.values())
    after = figures(scored_again(log))
    assert {key: {name: after[key].get(name, "gone") for name in values} for key, values in before.items()} == before


def test_another_measurement_would_give_others() -> None:
    """The numbers come from the log's measurement and today's rules, and are not the ones that it holds."""
    path = next(each for each in STUDIES if each.stem == "refusal_direction")
    log = read_eval_log(str(path))
    before = figures(log)
    for sample in log.samples or []:
        sample.store["seer:reference"]["effect"] = not sample.store["seer:reference"]["effect"]
    after = figures(scored_again(log))
    changed = {scorer for (id, epoch, scorer), value in after.items() if value != before[id, epoch, scorer]}
    assert changed == {"fidelity"}


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_old_logs_have_their_rows(path: Path) -> None:
    found = samples(path)
    assert (
        len(found) == 2
        and found["outcome"].isin(["right", "wrong", "unscored"]).all()
        and found["report"].notna().all()
    )
    log = read_eval_log(str(path))
    assert all(STUDY_KEY in sample.metadata or "truth" in sample.metadata for sample in log.samples or [])
