"""The papers of the task, what is true of them, and models that read them in scripted ways."""

import json
from pathlib import Path
from typing import Any

import yaml

from seer_evals.drafts import FIELDS, Paper, Truth
from seer_evals.tasks import paper_draft as _task  # noqa: F401, the folder has to be part of the package
from tests.scripted import Step

FOLDER = Path(__file__).parents[2] / "seer_evals" / "tasks" / "paper_draft" / "papers"
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))


def paper(name: str) -> Paper:
    return Paper.of(name, (FOLDER / f"{name}.md").read_text(encoding="utf-8"))


def truth(name: str) -> Truth:
    return Truth.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


def answer(name: str, **changed: Any) -> dict[str, Any]:
    """The right answer for a paper, with some of its fields changed; None leaves one out."""
    kept = ("status", "value", "quotations", "reason")
    fields = {field: {key: getattr(each, key) for key in kept} for field, each in truth(name).fields.items()}
    said = {
        **fields,
        "in_plain_words": ["Something is claimed.", "It is claimed of a model.", "It is shown by a comparison."],
        "counts_against": ["The control would show the same.", "The effect would not be seen again."],
        "study": truth(name).study,
        "why_study": "It asks the same.",
        **changed,
    }
    return {field: value for field, value in said.items() if value is not None}


def reply(name: str, **changed: Any) -> str:
    return json.dumps(answer(name, **changed))


def missing(**more: Any) -> dict[str, Any]:
    """An answer in which every field is missing."""
    fields = {field: {"status": "missing", "value": "", "quotations": [], "reason": ""} for field in FIELDS}
    return {**fields, "in_plain_words": [], "counts_against": [], "study": "none", "why_study": "", **more}


def stated(value: object, *quotations: str) -> dict[str, Any]:
    return {"status": "stated", "value": value, "quotations": list(quotations), "reason": ""}


def of_whichever_paper(give: "dict[str, Step]") -> "Any":
    """A step that goes by the paper that is asked about: by name, what is replied."""

    def step(messages: list[Any]) -> Step:
        asked = messages[0].text
        (name,) = [each for each in give if paper(each).text.splitlines()[0] in asked]
        return give[name]

    return step
