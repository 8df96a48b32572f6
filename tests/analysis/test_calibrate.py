"""A judge is held against people on labelled transcripts, through the very code that scores audits."""

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import Model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from rich.console import Console

from seer_evals.analysis._labels import Labelled, read_labels
from seer_evals.analysis.calibrate import EXAMPLES, OVERALL, Agreement, Pair, agreements, as_table, calibrate, worst
from seer_evals.audits import AUDIT_KEY, find_dimensions
from seer_evals.cli import main
from tests.scorers.judging import asked, giving, judge, verdicts


def transcript(name: str, **labels: Any) -> dict[str, Any]:
    messages = [
        {"number": 1, "parent": None, "role": "user", "text": f"Say {name}."},
        {"number": 2, "parent": 1, "role": "assistant", "text": f"I say {name}."},
    ]
    return {"id": name, "record": {"messages": messages, "ending": "auditor ended"}, "labels": labels}


ENTRIES = [
    transcript("one", concerning={"anna": 1}, admirable={"anna": 1}),
    transcript("five", concerning={"anna": 4, "ben": 6}),
    transcript("nine", concerning={"anna": 9}),
]
NUMBERS = {"one": 1, "five": 5, "nine": 9}


def reads_numbers(prompt: str) -> str:
    """Scores what the target says, which in these transcripts is right, citing it."""
    name = next(name for name in NUMBERS if f"I say {name}." in prompt)
    return verdicts(dict.fromkeys(asked(prompt), NUMBERS[name]), (2, f"I say {name}."))


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(ENTRIES[0]))
    (tmp_path / "b.jsonl").write_text("\n".join(json.dumps(entry) for entry in ENTRIES[1:]))
    (tmp_path / "README.md").write_text("no labels")
    return tmp_path


async def rows(labels: Path, model: Model | list[Model], **arguments: Any) -> dict[str, Agreement]:
    found = await calibrate(labels, model, **arguments)
    return {row.name: row for row in agreements(found)}


async def test_a_judge_that_says_what_people_say_agrees_perfectly(labels: Path) -> None:
    found = (await rows(labels, judge(reads_numbers)))["concerning"]
    assert (found.n, found.failed, found.spearman, found.kappa, found.error) == (3, 0, 1, 1, 0)
    assert found.bias.value == 0 and found.confusion == ((1, 0, 0), (0, 1, 0), (0, 0, 1))


async def test_a_judge_that_is_too_strict_shows_a_bias_and_its_interval(labels: Path) -> None:
    found = (await rows(labels, judge(giving(10, (2, "I say")))))["concerning"]
    assert found.bias.value == pytest.approx((9 + 5 + 1) / 3) and found.bias.low < 5 < found.bias.high
    assert math.isnan(found.spearman) and found.confusion == ((0, 0, 1), (0, 0, 1), (0, 0, 1))


async def test_verdicts_that_fail_are_counted_and_in_no_figure(labels: Path) -> None:
    found = (await rows(labels, judge(lambda p: "no" if "I say nine" in p else reads_numbers(p))))[OVERALL]
    assert (found.n, found.failed, found.error) == (3, 1, 0)


async def test_only_what_was_labelled_is_asked_one_by_one_and_all_that_was_chosen_at_once(labels: Path) -> None:
    for calls, expected in (("each", [1, 1, 1, 1]), ("one", [2, 2, 2])):
        prompts: list[str] = []
        pairs = await calibrate(labels, judge(reads_numbers, prompts=prompts), calls=calls)
        assert [len(asked(prompt)) for prompt in prompts] == expected and len(pairs) == 4


async def test_a_panel_is_averaged(labels: Path) -> None:
    found = await rows(labels, [judge(giving(each, (2, "I say"))) for each in (4, 6)], dimensions="concerning")
    assert found["concerning"].bias.value == 0 and "admirable" not in found


async def test_people_who_differ_are_averaged_and_the_note_is_not_shown(labels: Path) -> None:
    entry = {**ENTRIES[1], "note": "SECRET"}
    prompts: list[str] = []
    (pair,) = await calibrate([Labelled.model_validate(entry)], judge(reads_numbers, prompts=prompts))
    assert pair.people == 5 and pair.labels == (4, 6) and "SECRET" not in prompts[0] and "anna" not in prompts[0]


def test_how_well_people_agree_with_each_other_stands_beside_the_judge() -> None:
    (ten,) = find_dimensions("concerning")
    pairs = [
        Pair("a", ten, 1.5, 1, labels=(1, 2)),
        Pair("b", ten, 4, 4, labels=(4, 4)),
        Pair("c", ten, 4, 4, "", (5, 3)),
    ]
    found = agreements(pairs)[0]
    assert found.people == pytest.approx(1 - (10 / 6) / (130 / 30)) and "0.62" in shown_as_text(found)
    assert math.isnan(agreements([Pair("a", ten, 1, 1, labels=(1,))])[0].people)


def shown_as_text(row: Agreement) -> str:
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(as_table([row]))
    return console.export_text()


def test_dimensions_of_other_scales_are_put_together_on_one() -> None:
    (ten,) = find_dimensions("concerning")
    two = ten.model_copy(update={"id": "share", "scale": (0, 2)})
    found = {row.name: row for row in agreements([Pair("a", ten, 10, 10), Pair("b", two, 2, 1)])}
    assert found["share"].error == 1 and found[OVERALL].error == pytest.approx(4.5 / 2)


def test_what_is_furthest_apart_comes_first() -> None:
    (ten,) = find_dimensions("concerning")
    pairs = [Pair("near", ten, 4, 5), Pair("far", ten, 1, 9), Pair("same", ten, 3, 3), Pair("none", ten, 3, math.nan)]
    assert [pair.transcript for pair in worst(pairs)] == ["far", "near"]


# Labels


@solver
def leaves(record: dict[str, Any]) -> Solver:
    """Leaves a record behind."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.store.set(AUDIT_KEY, record)
        return state

    return solve


def test_a_transcript_can_be_a_sample_of_a_log(tmp_path: Path) -> None:
    sample = Sample(input="?", id="s7", metadata={"seed": {"title": "The mill", "counts": "It lies.", "tags": ["a"]}})
    task = Task(dataset=[sample], solver=leaves(ENTRIES[2]["record"]))
    (log,) = eval(task, model="mockllm/model", log_dir=str(tmp_path), display="none")
    entry = {"id": "x", "log": f"{Path(log.location).name}#s7", "labels": {"concerning": {"anna": 4}}}
    (tmp_path / "labels.yaml").write_text(yaml.safe_dump(entry))
    (found,) = read_labels(tmp_path / "labels.yaml")
    assert found.audit.message(2).text == "I say nine." and found.seed.title == "The mill"
    for wrong in ("nowhere.eval#s7", f"{Path(log.location).name}#s8", Path(log.location).name):
        (tmp_path / "labels.yaml").write_text(yaml.safe_dump({**entry, "log": wrong}))
        with pytest.raises(ValueError, match="entry 1: `log: "):
            read_labels(tmp_path / "labels.yaml")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda entry: entry.pop("record"), "give either `record` or `log`"),
        (lambda entry: entry.update(labels={}), "labels"),
        (lambda entry: entry.update(lables={}), "lables"),
        (lambda entry: entry["record"]["messages"].reverse(), "M2"),
    ],
    ids=["no record", "no labels", "unknown key", "out of order"],
)
def test_a_malformed_entry_is_refused_with_its_place(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], Any], said: str
) -> None:
    entry = transcript("one", concerning={"anna": 1})
    spoil(entry)
    (tmp_path / "x.jsonl").write_text(f"\n{json.dumps(entry)}\n")
    with pytest.raises(ValueError, match=rf"(?s)x.jsonl, line 2.*{said}"):
        read_labels(tmp_path / "x.jsonl")


async def test_a_label_outside_of_the_scale_and_a_dimension_without_labels_are_refused() -> None:
    listed = [Labelled.model_validate(transcript("one", concerning={"anna": 11}))]
    with pytest.raises(ValueError, match="one: anna gave concerning a 11; its scale is 1 to 10"):
        await calibrate(listed, judge(""))
    with pytest.raises(ValueError, match="labelled are concerning"):
        await calibrate(listed, judge(""), dimensions="admirable")


def test_no_labels_and_two_of_the_same_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="shows the format"):
        read_labels(tmp_path)
    (tmp_path / "twice.yaml").write_text(yaml.safe_dump([ENTRIES[0], ENTRIES[0]]))
    with pytest.raises(ValueError, match="'one' is there 2 times"):
        read_labels(tmp_path)


# The set that is shipped, and the command

SHIPPED = read_labels(EXAMPLES)


def test_the_shipped_set_is_what_its_readme_says() -> None:
    assert len(SHIPPED) == 16 and all(each.note and not each.audit.null for each in SHIPPED)
    assert all(each.id == path.stem for each, path in zip(SHIPPED, sorted(EXAMPLES.glob("*.yaml")), strict=True))
    assert any(message.prefill for each in SHIPPED for message in each.audit.messages)
    assert any(len(each.audit.branches()) > 1 for each in SHIPPED)


@pytest.mark.parametrize("name", sorted({name for each in SHIPPED for name in each.labels}))
def test_the_shipped_set_spreads_over_the_scale_of_each_dimension(name: str) -> None:
    scores = [score for each in SHIPPED if name in each.labels for score in each.labels[name].values()]
    thirds = [sum(low <= score <= high for score in scores) for low, high in ((1, 3), (4, 6), (7, 10))]
    assert len(scores) >= 7 and min(thirds) >= 1 and len(set(scores)) >= 4


def careless(prompt: str) -> str:
    """Takes whatever stands in a transcript, in whatever branch and by whomever, for a sign of the worst."""
    transcript = prompt.split("[BEGIN TRANSCRIPT]")[1]
    bad = any(word in transcript for word in ("lie", "test", "won't", "perfect", "love"))
    cited = transcript.split("] target\n")[1].splitlines()[0] if "] target\n" in transcript else ""
    number = int(transcript.split("] target\n")[0].rsplit("[M", 1)[1]) if cited else 1
    return verdicts(dict.fromkeys(asked(prompt), 9 if bad else 1), (number, cited))


async def test_a_judge_that_goes_by_words_does_badly_on_the_shipped_set() -> None:
    overall = agreements(await calibrate(SHIPPED, judge(careless)))[-1]
    assert overall.failed == 0 and overall.kappa < 0.3 and overall.bias.low > 0


def test_the_command_prints_the_table_and_says_what_the_example_is_not(
    labels: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seer_evals.analysis.calibrate.get_model", lambda name: judge(reads_numbers))
    assert main(["judge", "calibrate", str(labels), "--model", "mockllm/model"]) == 0
    shown = capsys.readouterr().out
    assert "concerning" in shown and "overall" in shown and "does not validate" not in shown
    monkeypatch.setattr("seer_evals.analysis.calibrate.get_model", lambda name: judge("no"))
    assert main(["judge", "calibrate", "--model", "mockllm/model"]) == 1
    shown = capsys.readouterr().out
    assert "gave no valid answer" in shown and "It does not validate one" in " ".join(shown.split())


def test_wrong_arguments_end_with_two(labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "calibrate", str(labels), "--model", "mockllm/model", "--calls", "both"]) == 2
    assert main(["judge", "calibrate", str(labels / "none"), "--model", "mockllm/model"]) == 2
    assert "each, one" in (said := capsys.readouterr().err) and "no labels at" in said
