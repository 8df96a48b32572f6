"""How far does one pair of prompts steer a model? Activation addition, Turner et al. (2023)."""

from inspect_ai import Task, task
from inspect_ai.dataset import Sample

from seer_evals.environment import ModelSpec
from seer_evals.scorers import evidence, fidelity, process
from seer_evals.studies import AskedFigure, Ran, Step, Study
from seer_evals.tasks.activation_addition.material import (
    Steered,
    real_steered,
    small_steered,
    tiny_disturbed,
    tiny_steered,
)
from seer_evals.tasks.shared.conditions import Conditions, conditions
from seer_evals.tasks.shared.folder import Folder
from seer_evals.tasks.shared.laboratory import MODAL
from seer_evals.tasks.shared.lists import numbers, seeds_of
from seer_evals.tasks.shared.study import CONTROL, SMALL, pinned_models
from seer_evals.tasks.shared.tiny_models import base_path, train, train_bases

NAME = "activation_addition"
HERE = Folder.of(__file__)
SHARES = ("hit_rate", "base_rate", "random_rate")
ENTROPIES = ("ce_on_topic", "ce_off_topic")
SHARE_TOLERANCE = 0.03
"""Beyond where the reference's own texts put a single run of as many, over draws of texts and of random vectors."""
CE_TOLERANCE = 0.02
"""Nats per token, beyond the spread over the choices of layer and coefficient that other texts could have led to. The
completions are the scorer's as well, so that nothing else moves it."""
PUBLISHED: dict[str, dict[str, float]] = {"openai-community/gpt2-xl": {"hit_rate": 0.9, "base_rate": 0.02}}
"""By model, from the paper: the pair ` weddings` and nothing, before block 6; it says *more than* 90 %."""
LEAST_TEXTS = 40
LAYERS = "2,6,16,24"
"""Blocks of the real form, of the 48 of GPT-2 XL."""
STEPS = (
    HERE.step(
        "held_out",
        "Layer and coefficient were chosen on the training prompts alone, and the pair was not measured on.",
        Ran(of="prompts_train", edited=True),
        Ran(of="prompts_test"),
    ),
    HERE.step(
        "front",
        "Each vector was added at its own place at the front of the prompt.",
        ran=(Ran(of="prompts_test", edited=True, positions="front"),),
    ),
    HERE.step(
        "random_control", "Random vectors of the same length were added as well.", Ran(of="prompts_test", edited=True)
    ),
    Step(
        name="enough_texts",
        statement="The final measurement was made on enough texts.",
        weight=0.5,
        ran=tuple(Ran(of="prompts_test", edited=edited, texts=LEAST_TEXTS) for edited in (True, False)),
    ),
)


@task(investigation=True)
@conditions(baseline="activation-addition", real=("models", "data", "layers"), tiny=("seeds",), small=())
def activation_addition(
    run: Conditions,
    models: str | list[str] = "",
    data: str = "",
    layers: int | str | list[int] = LAYERS,
    seeds: int | str | list[int] = 101,
) -> Task:
    """Measure how far one pair of prompts steers a model, by layer and coefficient, and what that costs.

    In the tiny form the pair says who the user is, which a model trained on this machine takes up; in one control it
    says something that the model has never been told of users, and does not, in the other it erases what the prompts
    say of the user, as any vector of its length does. In the real form the pair is ` weddings`
    and nothing, and in the control a word that has nothing to do with weddings. GPT-2 XL needs any GPU with 16 GB for
    an hour for each sample, mostly the agent's: a dollar or two at Modal's list prices (an estimate, nobody measured).

    Args:
        run: What every study takes: `Conditions`.
        models: In the real form, models as `OWNER/NAME@COMMIT`, separated by commas.
        data: In the real form, a directory with `prompts.json`, `on_topic.json` and `off_topic.json`.
        layers: In the real form, the blocks to add before, separated by commas.
        seeds: Of the tiny form's pairs, separated by commas.
    """
    if run.tiny:
        samples = [each for seed in seeds_of(seeds) for each in _tiny(run, seed)]
    elif run.small:
        samples = [_sample(run, "small", SMALL, small_steered(works), works) for works in BOTH]
    else:
        specs = pinned_models(models, "", False, PUBLISHED)
        pairs = {works: real_steered(data, numbers("layer", layers), works) for works in BOTH}
        samples = [_sample(run, name, spec, pairs[works], works) for name, (spec,) in specs.items() for works in BOTH]
    if run.tiny and run.sandbox == MODAL:
        train("llama", True)  # there weights are uploaded before the first setup runs
    return run.task(
        samples,
        [fidelity(), evidence(), process()],
        "fidelity.fidelity_overall",
        setup=[train_bases("llama")] if run.tiny else (),
    )


BOTH = (True, False)
"""The pair that steers, and the control's."""


def study(steered: Steered, model: str = "") -> Study:
    """What is asked for, and how it is graded.

    Args:
        steered: With the scorer's own prompts.
        model: Of the hub, for what the paper reports of it.
    """
    published = PUBLISHED.get(model, {})
    shares = (*SHARES, *steered.cell_figures)
    return HERE.study(
        steered.for_reference(),
        (
            *(_share(name, published.get(name)) for name in shares),
            *(AskedFigure(name=name, absolute=CE_TOLERANCE, ran=_with_and_without(name)) for name in ENTROPIES),
        ),
        STEPS,
        seconds=3600,
    )


def _share(name: str, published: float | None) -> AskedFigure:
    ran = Ran(of="prompts_test", edited=name != "base_rate")
    return AskedFigure(name=name, absolute=SHARE_TOLERANCE, published=published, ran=(ran,))


def _with_and_without(name: str) -> tuple[Ran, ...]:
    return tuple(Ran(of=name.removeprefix("ce_"), edited=edited) for edited in (True, False))


def _tiny(run: Conditions, seed: int) -> list[Sample]:
    """The pair that steers, the control's, and one that does nothing that any vector of its length does not."""
    spec, name = ModelSpec(path=str(base_path("llama", True)), hidden=True), f"tiny-{seed}"
    samples = [_sample(run, name, spec, tiny_steered(seed, works), works) for works in BOTH]
    return [*samples, _sample(run, f"{name}-any", spec, tiny_disturbed(seed), works=False)]


def _sample(run: Conditions, name: str, spec: ModelSpec, steered: Steered, works: bool) -> Sample:
    return run.study_sample(
        f"{NAME}-{name}{'' if works else CONTROL}",
        (spec,),
        study(steered, (spec.hub or "") if works else ""),
        steered.files(),
        of_control="no effect: the pair brings about no more than random vectors do",
        asked={"cells": ", ".join(f"`{each}`" for each in steered.cell_figures)},
    )
