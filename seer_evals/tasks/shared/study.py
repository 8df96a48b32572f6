"""What tasks that are studies share: the question with its hints, pinned models, the metadata, the viewer."""

import re
from collections.abc import Iterable
from typing import Any

from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.viewer import ViewerConfig

from seer_evals.environment import ModelSpec
from seer_evals.organisms.truth import CONTROL_KEY
from seer_evals.scorers._fidelity import measure
from seer_evals.studies import STUDY_KEY, Study
from seer_evals.tasks.shared.columns import score_columns
from seer_evals.tasks.shared.laboratory import LARGE, MODAL, gpus_asked
from seer_evals.tasks.shared.lists import listed

HINTS: dict[str, tuple[str, ...]] = {"none": (), "method": ("method",), "recipe": ("method", "recipe")}
"""How much of a paper's recipe the question tells, and the parts of it that are appended."""
FORMS = ("tiny", "small", "real")
"""Models made here from nothing; a pretrained one of 135 million parameters, or what is made of it; a paper's own."""
SMALL = ModelSpec(base="smollm2", hidden=True)
"""The model of the small form."""
CONTROL = "-control"
"""How the ids of samples end in which *no effect* is right."""
_PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")
SHOWN = {
    "fidelity_overall": "Overall",
    "fidelity_figures": "Figures",
    "fidelity_verdict": "Verdict",
    "fidelity_protocol": "Protocol",
    "fidelity_published": "Published",
    "fidelity_missing_figures": "Missing",
    "fidelity_undecided_steps": "Undecided",
}


def one_of(what: str, value: str, allowed: Any) -> str:
    """Return `value` if it is allowed.

    Raises:
        ValueError: It is not; the message lists what is.
    """
    if value not in allowed:
        raise ValueError(f"unknown {what} {value!r}; available: {', '.join(allowed)}")
    return value


def pinned_model(text: str) -> ModelSpec:
    """A model of the hub at a commit, as the real form of a study takes it.

    Args:
        text: `OWNER/NAME@COMMIT`.

    Raises:
        ValueError: It has no commit; the message says where to find one.
    """
    if not _PINNED.fullmatch(text):
        name = text.split("@")[0]
        raise ValueError(
            f"{text!r} is not pinned to a commit: say {name}@COMMIT, with the 40 hex digits of a commit on "
            f"https://huggingface.co/{name}/commits/main"
        )
    hub, commit = text.split("@")
    return ModelSpec(hub=hub, revision=commit, dtype="bfloat16")


def pinned_models(
    models: str | list[str], control: str, controls: bool, published: Iterable[str]
) -> dict[str, tuple[ModelSpec, ...]]:
    """The models of a study's real form, by the last part of their names; that of the control ends with `CONTROL`.

    Args:
        models: `OWNER/NAME@COMMIT`, separated by commas.
        control: The model of the control, likewise.
        controls: Whether there is a control.
        published: Models that the paper has, for the message.

    Raises:
        ValueError: There is none, or one has no commit; the message says what to give.
    """
    named = listed(models)
    if not named:
        raise ValueError(
            f"form=real needs models=OWNER/NAME@COMMIT; the paper's are {', '.join(published)}, and a commit is on "
            "https://huggingface.co/OWNER/NAME/commits/main"
        )
    if controls and not control:
        raise ValueError(
            "form=real needs control=OWNER/NAME@COMMIT, a model in which there is no effect; or controls=false"
        )
    specs: dict[str, tuple[ModelSpec, ...]] = {_last_part(text): (pinned_model(text),) for text in named}
    return specs | ({_last_part(control) + CONTROL: (pinned_model(control),)} if controls else {})


def _last_part(text: str) -> str:
    return text.split("@")[0].rsplit("/", 1)[-1]


def study_gpus(asked: str | list[str], sandbox: str, form: str) -> tuple[str, ...]:
    """Types of GPU for a study, in order of preference: those that were asked for, or those that its form needs."""
    return gpus_asked(asked, LARGE if sandbox == MODAL and form == "real" else ())


def study_metadata(study: Study, control: bool) -> dict[str, Any]:
    """What the scorer and readers of the log need to know; the agent never sees it."""
    return {STUDY_KEY: study.model_dump(mode="json"), CONTROL_KEY: control}


@solver
def measure_first() -> Solver:
    """A setup, once the laboratory is open: have the reference's measurement made before the agent begins.

    For studies by chat of a model that the agent cannot change, since scorers no longer reach it.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await measure(state, Study.model_validate(state.metadata[STUDY_KEY]))
        return state

    return solve


def study_viewer() -> ViewerConfig:
    """The scores of `fidelity` as columns of the sample list."""
    return score_columns("Studies", "fidelity", SHOWN, tuple(SHOWN)[:5])
