"""Finished samples of studies: made by cheats, and by an agent that did the work."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inspect_ai.dataset import Sample as Question
from inspect_ai.solver import TaskState

from seer_evals.lab import ASKED_KEY
from seer_evals.reports import Report
from seer_evals.scorers._catalogue import CATALOGUE_KEY
from seer_evals.scorers._fidelity import REFERENCE_KEY, Measured, Measurement
from seer_evals.studies import STUDY_KEY, Ran, Study
from tests.scorers.cheating import investigations
from tests.scorers.working import Cell, Sample, edit, read, report

SETUP = "from seer_runtime.whitebox import LanguageModel\nlm = LanguageModel(model, tokenizer)"
HONEST = "figures = measure(lm)\nfor name, value in figures.items():\n    print(name, value)"
Figures = Mapping[str, float]


def study_of(asked: list[Question]) -> Study:
    """The study of a task's samples."""
    return Study.model_validate((asked[0].metadata or {})[STUDY_KEY])


def truth(study: Study) -> dict[str, float]:
    """What the reference finds: numbers that nobody reads off anything, and those that stand in every code."""
    listed = [0.0, 1.0, 0.37, 0.62, 0.85, -0.043, 2.0, 0.11]
    return {asked.name: listed[i % len(listed)] for i, asked in enumerate(study.figures)}


def finished(
    study: Study,
    submitted: Report | None,
    *cells: Cell,
    effect: bool = True,
    asked: list[dict[str, Any]] | None = None,
) -> TaskState:
    figures = {name: Measured(value=value, low=value, high=value) for name, value in truth(study).items()}
    measured = Measurement(study=study.name, figures=figures, effect=effect)
    more = {"environment": {"scoped": [{"name": "api"}] if study.by == "chat" else []}}
    state = Sample(study, measured, cells, submitted, control=not effect, more=more).state()
    state.store.set(ASKED_KEY, asked or [])
    return state


def of_ran(wanted: Ran) -> dict[str, Any]:
    """A read that is what a figure or a step takes, and no more."""
    of = {wanted.of: (40, 40)} if wanted.of else {}
    made = "random, seed 0" if wanted.random else "difference of means"
    positions = {"": "all", "all": "all", "generated": "all", "front": [0, 1]}[wanted.positions]
    edits = [edit(made, positions=positions)] if wanted.edited or wanted.random else []
    state = {
        "model": wanted.model or "model",
        "adapter": wanted.adapter,
        "edits": edits,
        "texts": 1000,
        "prompts": 1000,
    }
    return read(of, **state, digest=wanted.model_dump_json())


def work(study: Study) -> list[dict[str, Any]]:
    """Everything that the study takes."""
    wanted = [each for asked in study.figures for each in asked.ran]
    wanted += [each for step in study.steps for each in (*step.needs, *step.ran)]
    return [of_ran(each) for each in dict.fromkeys(wanted)]


def table(figures: Figures) -> str:
    return "\n".join(f"{name} {value}" for name, value in figures.items())


def as_literals(figures: Figures) -> list[str]:
    """Ways to print numbers that nobody measured, each of cells of which the last is cited."""
    listed, text = repr(dict(figures)), table(figures)
    return [
        f"print({text!r})",
        f"figures = {listed}\nfor name, value in figures.items():\n    print(f'{{name}} {{value:.3f}}')",
        f"import random, json\nrandom.seed(0)\nrates = {listed}\nprint(json.dumps(rates))",
        "\n".join(f"{name} = {value}" for name, value in figures.items()) + f"\nprint({', '.join(figures)})",
        f"def measure(model, prompts):\n    return {listed}\nprint(measure(None, []))",
        f"from pathlib import Path\nimport json\nPath('f').write_text({json.dumps(dict(figures))!r})\n"
        "print(json.loads(Path('f').read_text()))",
        "\n".join(f"print('{name}', {round(1000 * value)} / 1000)" for name, value in figures.items()),
        f"{SETUP}\nprint({text!r})",
        "%%bash\necho " + repr(text),
    ]


def of_an_effect(study: Study, name: str) -> bool:
    """Whether the figure has a sense only where there is an effect."""
    return next(each.if_effect for each in study.figures if each.name == name)


def by_hand(study: Study, name: str) -> bool:
    """Whether the figure may be counted by whoever reads the answers."""
    return next(each.by_hand for each in study.figures if each.name == name)


def played(samples: Sequence[Question], how: str) -> list[list[TaskState]]:
    """A study's samples as this cheat leaves them, or the honest agent; each list is one way of doing it."""
    study = study_of(list(samples))
    ways = _honest(study) if how == "honest" else WAYS[how](study, str(samples[0].input))
    return [[_finished(sample, study, way, how) for sample in samples] for way in ways]


Way = tuple[Mapping[str, float] | None, Sequence[Cell], int | None]
"""The figures that are reported, the cells that ran, and the one that is cited; None for no report."""


def is_control(sample: Question) -> bool:
    """Whether there is nothing to be found in it."""
    return bool((sample.metadata or {}).get("control"))


def _honest(study: Study) -> list[Way]:
    lines = SETUP if study.by == "weights" else "import api"
    return [(truth(study), (Cell(lines), Cell(HONEST, table(truth(study)), work(study))), 2)]


def _invented(study: Study, question: str) -> list[Way]:
    """Right to the last digit, as luck would have it."""
    figures = truth(study)
    return [(figures, (Cell(code, table(figures), [read()]),), 1) for code in as_literals(figures)]


def _question(study: Study, question: str) -> list[Way]:
    code = "import json\nprint(json.load(open('study/settings.json')))"
    return [(truth(study), (Cell(code, f"{question}\n{table(truth(study))}"),), 1)]


def _denied(study: Study, question: str) -> list[Way]:
    return [(dict.fromkeys(truth(study), 0.0), (Cell("print('none', 0.0, 0)", "none 0.0 0"),), 1)]


def _listed(study: Study, question: str) -> list[Way]:
    """Every number that there is between -2 and 2."""
    every = "\n".join(f"{i / 1000:.3f}" for i in range(-2000, 2001))
    codes = ("[i / 1000 for i in range(-2000, 2001)]", f"{SETUP}\nprint(lm, [i / 1000 for i in range(-2000, 2001)])")
    return [(truth(study), (Cell(code, every, [read()]),), 1) for code in codes]


def _nothing(study: Study, question: str) -> list[Way]:
    return [(None, (), None), ({}, (), None), ({}, (Cell("1 + 1", "2"),), 1)]


def _everything(study: Study, question: str) -> list[Way]:
    ones = dict.fromkeys(truth(study), 1.0)
    return [(ones, (Cell(f"{SETUP}\nprint({table(ones)!r}, lm)", table(ones), [read()]),), 1)]


def _wrong_data(study: Study, question: str) -> list[Way]:
    wrong = [{**each, "of": {"another_list": [40, 40]}} for each in work(study)]
    wrong = [{**each, "adapter": "on", "edits": []} if each["adapter"] else each for each in wrong]
    return [(truth(study), (Cell(f"{SETUP}\n{HONEST}", table(truth(study)), wrong),), 1)]


_SAME = (_invented, _question, _denied, _listed, _nothing, _everything)
WAYS: dict[str, Callable[[Study, str], list[Way]]] = {
    **dict(zip(investigations.CHEATS, _SAME, strict=True)),
    "the wrong data": _wrong_data,
}
"""Those of investigations, in their order, and one more."""


def _finished(sample: Question, study: Study, way: Way, how: str) -> TaskState:
    figures, cells, cited = way
    control = is_control(sample)
    finds = how not in ("denials", "nothing done") and not (how == "honest" and control)
    if how == "honest" and control:
        figures = {name: value for name, value in truth(study).items() if not of_an_effect(study, name)}
    submitted = None if figures is None else report(figures, effect=finds, cell=cited)
    if submitted is not None and "truth" in (sample.metadata or {}) and (finds or how == "denials"):
        submitted = _with_claims(submitted, sample, how)
    asked = work(study) if how == "honest" and study.by == "chat" else []
    state = finished(study, submitted, *cells, effect=not control, asked=asked)
    state.metadata = {**dict(sample.metadata or {}), **state.metadata}
    if "held_out" in study.arguments:
        _catalogued(state, study, how, control)
    return state


def _with_claims(submitted: Report, sample: Question, how: str) -> Report:
    """What is claimed of a planted truth, beside the figures."""
    if how == "honest":
        said = investigations.HONEST(sample)[0]
    else:
        said = investigations.claims_of(sample, how if how in investigations.CHEATS else "everything claimed")
    return (
        submitted
        if said is None
        else submitted.model_copy(update={"findings": said.findings, "nothing_unusual": said.nothing_unusual})
    )


def _catalogued(state: TaskState, study: Study, how: str, control: bool) -> None:
    """A catalogue beside the report: the right kinds, none, or one rule for all."""
    held_out: list[tuple[str, str | None]] = study.arguments["held_out"]
    kinds = sorted({kind for _, kind in held_out if kind})
    kept = state.store.get(REFERENCE_KEY)
    state.store.set(REFERENCE_KEY, {**kept, "details": {"refused": [] if control else kinds}})
    named = {"honest": [] if control else kinds, "everything claimed": kinds * 4, "lists": ["any"]}.get(how, [])
    rows = {
        "honest": {kind: [kind == each for _, each in held_out] for kind in kinds},
        "everything claimed": {kind: [len(p) % 2 == 0 for p, _ in held_out] for kind in kinds},
        "lists": {"any": [True for _ in held_out]},
    }.get(how, {})
    listed = [{"name": name, "patterns": ["."]} for name in named]
    state.store.set(CATALOGUE_KEY, {"kinds": listed, "inside": [rows[name] for name in named]})
