"""Logs as dataframes: a row for each thing, typed columns, and nothing that failed looks clean."""

import json
import re
from pathlib import Path

import inspect_ai.analysis
import pandas as pd
import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSample, read_eval_log, write_eval_log
from inspect_ai.scorer import Score, match
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals import analysis
from seer_evals.analysis import cells, findings, samples, scores
from seer_evals.analysis.frames import COLUMNS, records
from seer_evals.analysis.logs import NoLog
from seer_evals.lab import NOTEBOOKS_KEY
from tests.analysis.made import made_log

ROOT = Path(__file__).parents[2]
SAMPLE = next((ROOT / "logs" / "sample").glob("*.eval"))
FRAMES = {name: getattr(analysis, name) for name in analysis.__all__}
TYPES = {
    "text": "string[pyarrow]",
    "JSON": "string[pyarrow]",
    "number": "double[pyarrow]",
    "count": "int64[pyarrow]",
    "yes or no": "bool[pyarrow]",
    "time": "timestamp[us, tz=UTC][pyarrow]",
}


def sample(id: str, **fields: object) -> EvalSample:
    return EvalSample.model_validate({"id": id, "epoch": 1, "input": "?", "target": "it", **fields})


def test_the_sample_log_has_its_samples_scores_findings_and_cells() -> None:
    found = samples(SAMPLE)
    assert len(found) == 8 and found["control"].sum() == 4
    assert set(found["outcome"]) == {"right"} and set(found["nothing_unusual"]) == {True, False}
    assert list(found["claim"].isna()) == list(found["control"]), "what finds nothing claims nothing"
    by_name = scores(SAMPLE).pivot(index=["log", "id", "epoch"], columns="name", values="value")
    assert list(by_name["alias_match_score"]) == [1.0] * 8 and by_name["correctness_score"].isna().all()
    claimed = findings(SAMPLE)
    assert set(claimed["id"]) == set(found["id"][~found["control"]])
    assert json.loads(claimed["evidence"][0])[0]["kind"] == "cell" and claimed["committed"].all()
    ran = cells(SAMPLE)
    assert set(ran["status"].dropna()) == {"ok"} and len(ran.groupby("id")) == 8
    assert ran["output"][ran["type"] == "code"].str.contains("adapter").any()


def test_rows_are_joined_with_those_of_inspect() -> None:
    theirs = inspect_ai.analysis.samples_df(str(SAMPLE), quiet=True)
    joined = samples(SAMPLE).merge(theirs, on=["eval_id", "sample_id"], suffixes=("", "_theirs"))
    assert len(joined) == 8 and list(joined["id"]) == list(joined["id_theirs"])


@pytest.mark.parametrize("name", FRAMES)
def test_columns_and_types_are_the_same_for_every_log(name: str, tmp_path: Path) -> None:
    as_json = tmp_path / "old.json"
    write_eval_log(read_eval_log(str(SAMPLE)), str(as_json))
    whole, from_json, empty = FRAMES[name](SAMPLE), FRAMES[name](as_json), FRAMES[name]([])
    declared = {column: TYPES[kind] for column, (kind, _) in COLUMNS[name].items()}
    for found in (whole, from_json, empty):
        assert {column: str(dtype) for column, dtype in found.dtypes.items()} == declared
    assert len(whole) and not len(empty)
    pd.testing.assert_frame_equal(whole.drop(columns="log"), from_json.drop(columns="log"))


def test_several_logs_are_read_and_one_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    copy = tmp_path / "copy.eval"
    copy.write_bytes(SAMPLE.read_bytes())
    assert len(samples([SAMPLE, str(tmp_path), SAMPLE])) == 16
    assert len(samples(read_eval_log(str(SAMPLE), header_only=True))) == 8, "a log of which only the header was read"


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.eval").write_text("hello")
    for read in FRAMES.values():
        with pytest.raises(NoLog):
            read(tmp_path / "words.eval")
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "nowhere")


def test_a_log_in_which_nothing_ran_has_rows_that_say_so() -> None:
    found = samples(made_log(sample("a"), wanted=["a", "b"], epochs=2, status="cancelled"))
    assert list(zip(found["id"], found["epoch"], found["outcome"], strict=True)) == [
        ("a", 1, "unscored"), ("b", 1, "not run"), ("a", 2, "not run"), ("b", 2, "not run"),
    ]  # fmt: skip
    unknown = samples(made_log(status="error"))
    assert list(unknown["outcome"]) == ["not run"] and list(unknown["status"]) == ["error"]
    assert unknown[["id", "sample_id", "nothing_unusual", "total_time"]].isna().all(axis=None)
    assert not len(scores(made_log(status="error")))


@solver
def fails() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.sample_id == "bad":
            raise RuntimeError("it broke")
        return state

    return solve


def test_a_real_run_that_failed_says_how_far_it_came(tmp_path: Path) -> None:
    task = Task([Sample(input="?", id=id, target="x") for id in ("good", "bad", "late")], solver=fails())
    run_eval(task, model="none", log_dir=str(tmp_path), display="none", fail_on_error=False, limit=2)
    found = samples(tmp_path).set_index("id")
    assert dict(found["outcome"]) == {"good": "unscored", "bad": "error"}, "what a limit left out was not to run"
    assert "it broke" in found["error"]["bad"]


def test_scores_of_others_are_rows_too(tmp_path: Path) -> None:
    task = Task([Sample(input="?", id="a", target="x")], solver=fails(), scorer=match())
    run_eval(task, model="none", log_dir=str(tmp_path), display="none")
    (row,) = records(scores(tmp_path))
    assert (row["scorer"], row["name"], row["text"]) == ("match", "match", "I") and row["value"] is None
    values: dict[str, Score] = {"none": Score(value={}), "zero": Score(value=0), "yes": Score(value=True)}
    found = scores(made_log(sample("a", scores=values))).set_index("name")["value"]
    assert found["none"] is pd.NA and (found["zero"], found["yes"]) == (0.0, 1.0)


def test_half_a_pair_of_utf16_does_not_end_the_frame() -> None:
    cell = {"cell_type": "code", "source": "print('\ud83d')", "outputs": [], "metadata": {}}
    log = made_log(sample("a", store={NOTEBOOKS_KEY: {"main": {"cells": [cell]}}}))
    assert list(cells(log)["source"]) == ["print('?')"] and len(samples(log)) == 1


def test_the_page_describes_every_column() -> None:
    page = (ROOT / "docs" / "analysis.md").read_text(encoding="utf-8")
    sections = {
        name: text for name, text in re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    }
    for name, columns in COLUMNS.items():
        listed = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", sections[name], re.MULTILINE)
        assert listed == [(column, kind, says) for column, (kind, says) in columns.items()], f"{name}: see COLUMNS"
