"""Can memorised text be taken out of the weights by their curvature? The edit of arXiv:2510.24256."""

from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample

from seer_evals.environment import ModelSpec
from seer_evals.parameters import Seed
from seer_evals.scorers import evidence, fidelity, process
from seer_evals.studies import AskedFigure, Ran, Study
from seer_evals.tasks.loss_curvature.material import Material, real_material, tiny_material
from seer_evals.tasks.loss_curvature.memoriser import memoriser_path, train, train_memoriser
from seer_evals.tasks.shared.conditions import Conditions, conditions
from seer_evals.tasks.shared.folder import Folder
from seer_evals.tasks.shared.laboratory import MODAL
from seer_evals.tasks.shared.study import CONTROL, pinned_models
from seer_evals.tasks.shared.tiny_models import base_path

NAME = "loss_curvature"
HERE = Folder.of(__file__)
MEASURED_ON = {"recall": "passages", "facts": "facts", "ce": "held_out"}
EDITS = ("base", "kfac", "svd")
SHARE_TOLERANCE = 0.05
"""One of 24 passages, three of 60 facts, beyond the spread that the reference has over draws of the labels, which is up
to 0.17 of the passages. It is made on the agent's own lists."""
CE_TOLERANCE = 0.01
"""Nats per token, or a twentieth of the figure, beyond the same spread, which is up to 0.03."""
PUBLISHED: dict[str, dict[str, float]] = {
    "allenai/OLMo-2-1124-7B": {"recall_base": 0.999, "recall_kfac": 0.034, "recall_svd": 0.030},
}
"""By model: passages of its training data, layers 23 to 25, gate and up projections, 60 % of the curvature."""
STEPS = (
    HERE.step(
        "held_out",
        "What is left was measured on texts that the factors were not made of.",
        Ran(of="held_out", edited=True),
        if_effect=True,
    ),
    HERE.step(
        "sampled_labels",
        "The gradients were taken at labels drawn from the model's own predictions.",
        Ran(of="text"),
        if_effect=True,
    ),
    HERE.step(
        "not_merely_broken",
        "What the model can still do was measured under the same edit as what it recites.",
        Ran(of="passages", edited=True),
        Ran(of="facts", edited=True),
        if_effect=True,
    ),
    HERE.step(
        "same_size",
        "The edit by singular values changes each matrix as much as the edit by curvature.",
        Ran(of="passages", edited=True),
        if_effect=True,
    ),
    HERE.step(
        "random_control",
        "As many pairs were kept at random, and what that leaves was measured.",
        Ran(of="passages", edited=True),
        weight=0.5,
        if_effect=True,
    ),
)


@task(investigation=True)
@conditions(baseline="loss-curvature", real=("models", "control", "data"), tiny=("seed",))
def loss_curvature(
    run: Conditions, seed: Seed = 101, models: str | list[str] = "", control: str = "", data: str = ""
) -> Task:
    """Measure whether dropping weight directions of low curvature ends recitation and spares the rest.

    The tiny form trains a model of this machine's own until it recites 48 passages that mean nothing; the control is
    the same model before it met them. `seed` draws the passages. In the real form the model is the paper's, and the
    published recall stands beside the scorer's measurement: some two to four hours of one A100-80GB for each sample
    with a million tokens of text, 6 to 12 dollars at Modal's list prices (an estimate, not a measurement).

    The real form takes `models`, base models as `OWNER/NAME@COMMIT`, separated by commas; `control`, a model of the
    same architecture that never met the passages; and `data`, a directory with passages, facts and text. The other
    parameters are those of every study: `Conditions`.
    """
    material = tiny_material(seed) if run.tiny else real_material(data)
    chosen = _tiny_models(seed) if run.tiny else pinned_models(models, control, run.controls, PUBLISHED)
    samples = [_sample(run, f"{NAME}-{name}", specs, material) for name, specs in chosen.items()]
    if run.tiny and run.sandbox == MODAL and not memoriser_path(seed).is_dir():
        # There weights are uploaded before the first setup runs.
        train(seed)
    setup = [train_memoriser(seed)] if run.tiny else ()
    return run.task(samples, [fidelity(), evidence(), process()], "fidelity.fidelity_overall", setup=setup)


def study(material: Material, model: str = "") -> Study:
    """What is asked for, and how it is graded.

    Args:
        material: On which agent and reference measure.
        model: Of the hub, for what the paper reports of it.
    """
    published = PUBLISHED.get(model, {})
    shares = [f"{what}_{edit}" for what in ("recall", "facts") for edit in EDITS]
    return HERE.study(
        material.for_reference(),
        (
            *(_figure(name, SHARE_TOLERANCE, published=published.get(name)) for name in shares),
            *(_figure(f"ce_{edit}", CE_TOLERANCE, relative=0.05) for edit in EDITS),
        ),
        STEPS,
        seconds=7200,
    )


def _figure(name: str, absolute: float, **more: Any) -> AskedFigure:
    """A figure of the model as it is, or after an edit, which nobody needs where it recites nothing."""
    edited = not name.endswith("_base")
    of = MEASURED_ON[name.split("_")[0]]
    ran = (Ran(of=of, edited=edited), *([Ran(of="text")] if edited else []))
    return AskedFigure(name=name, absolute=absolute, ran=ran, if_effect=edited, **more)


def _sample(run: Conditions, id: str, specs: tuple[ModelSpec, ...], material: Material) -> Sample:
    asked = study(material, specs[0].hub or "")
    return run.study_sample(id, specs, asked, material.files(), of_control="no effect: it recites nothing")


def _tiny_models(seed: int) -> dict[str, tuple[ModelSpec, ...]]:
    """The memoriser, and what it was before it met the passages."""
    paths = {"tiny": memoriser_path(seed), f"tiny{CONTROL}": base_path("llama", True)}
    return {name: (ModelSpec(path=str(path), hidden=True),) for name, path in paths.items()}
