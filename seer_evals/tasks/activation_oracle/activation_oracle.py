"""Does an oracle read activations or guess? The controls that Karvonen et al. (2025, arXiv:2512.15674) call for."""

from inspect_ai import Task, task
from inspect_ai.dataset import Sample

from seer_evals.environment import ModelSpec
from seer_evals.parameters import Seed
from seer_evals.scorers import evidence, fidelity, process
from seer_evals.studies import AskedFigure, Ran, Step, Study
from seer_evals.tasks.activation_oracle.material import Readings, real_readings, tiny_readings
from seer_evals.tasks.activation_oracle.oracles import oracle_path, train, train_oracles
from seer_evals.tasks.shared.conditions import Conditions, conditions
from seer_evals.tasks.shared.folder import Folder
from seer_evals.tasks.shared.laboratory import MODAL
from seer_evals.tasks.shared.study import CONTROL, pinned_model
from seer_evals.tasks.shared.tiny_models import base_path

NAME = "activation_oracle"
HERE = Folder.of(__file__)
ACCURACIES = ("accuracy", "accuracy_shuffled", "accuracy_none", "leading_none", "chance", "subject_tells")
TOLERANCE = 0.03
"""Two of 72 texts, beyond the spread that the reference has over ways of shuffling: the texts are the agent's own, and
decoding is greedy, but ties fall as batches do."""
NORM_TOLERANCE = 0.01
"""Of the length, on the same texts."""
LEAST_TEXTS = 50
ASKED_ABOUT = (Ran(of="texts"), Ran(of="questions", adapter="on", edited=True))
RUN: dict[str, tuple[Ran, ...]] = {
    "accuracy": ASKED_ABOUT,
    "accuracy_shuffled": ASKED_ABOUT,
    "accuracy_none": (Ran(of="questions", adapter="on", edited=False),),
    "leading_none": (Ran(of="questions", adapter="on", edited=False),),
    "chance": (Ran(of="texts"),),
    "subject_tells": (Ran(of="texts", adapter="off"),),
}
STEPS = (
    HERE.step(
        "subject_alone",
        "The activations are the subject's, taken with the oracle's adapter off.",
        Ran(of="texts", adapter="off"),
        weight=2.0,
    ),
    HERE.step(
        "open_question",
        "The accuracies are of the open question, and what a leading one gives was measured apart.",
        *tuple(Ran(of="questions", adapter="on", edited=edited) for edited in (True, False)),
    ),
    HERE.step(
        "another_text",
        "The oracle was asked about activations of other texts with other answers.",
        Ran(of="questions", adapter="on", edited=True),
    ),
    Step(
        name="enough_texts",
        statement="Most of the texts were measured.",
        weight=0.5,
        ran=(Ran(of="texts", share=0.7), Ran(of="questions", adapter="on", edited=True, texts=LEAST_TEXTS)),
    ),
)


@task(investigation=True)
@conditions(baseline="oracle-reading", real=("models", "oracle", "control", "data", "layers"), tiny=("seed",))
def activation_oracle(
    run: Conditions,
    seed: Seed = 101,
    models: str = "",
    oracle: str = "",
    control: str = "",
    data: str = "",
    layers: int | str | list[int] = "",
) -> Task:
    """Measure whether an activation oracle answers rightly about the activations that it is given, and only these.

    The tiny form trains an oracle on this machine's base, and as the control an oracle with shuffled activations, which
    knows the answers that there are and guesses. In the real form both are published adapters. An oracle of 8 billion
    parameters needs one A100-80GB for about an hour for each sample, most of it the agent's: 2 to 4 dollars at Modal's
    list prices (an estimate, not a measurement).

    Args:
        run: What every study takes: `Conditions`.
        seed: Of the tiny form: draws the words and the training.
        models: In the real form, the subject, such as Qwen/Qwen3-8B, as `OWNER/NAME@COMMIT`.
        oracle: In the real form, the oracle's adapter for it, likewise.
        control: In the real form, an adapter for the same subject that was not trained to read activations, likewise.
        data: In the real form, a directory with `texts.json` and `questions.json`.
        layers: In the real form, the blocks that the oracle was trained on, such as 9,18,27 of 36; the middle one is
            measured.
    """
    readings = tiny_readings(seed) if run.tiny else real_readings(data, layers)
    chosen = _tiny_models(seed) if run.tiny else _real_models(models, oracle, control, run.controls)
    samples = [_sample(run, f"{NAME}-{name}", spec, readings) for name, spec in chosen.items()]
    kinds = (True, False) if run.controls else (True,)
    if run.tiny and run.sandbox == MODAL:
        # There weights are uploaded before the first setup runs.
        for reads in kinds:
            if not oracle_path(seed, reads).is_dir():
                train(seed, reads)
    setup = [train_oracles(seed, kinds)] if run.tiny else ()
    return run.task(samples, [fidelity(), evidence(), process()], "fidelity.fidelity_overall", setup=setup)


def study(readings: Readings) -> Study:
    """What is asked for, and how it is graded.

    Args:
        readings: The texts, and how the oracle is asked.
    """
    return HERE.study(
        readings.for_reference(),
        (
            *(AskedFigure(name=name, absolute=TOLERANCE, ran=RUN[name]) for name in ACCURACIES),
            AskedFigure(name="activation_norm", absolute=1e-6, relative=NORM_TOLERANCE, ran=(Ran(of="texts"),)),
        ),
        STEPS,
        seconds=3600,
    )


def _sample(run: Conditions, id: str, spec: ModelSpec, readings: Readings) -> Sample:
    return run.study_sample(id, (spec,), study(readings), readings.files(), of_control="no effect: it guesses")


def _tiny_models(seed: int) -> dict[str, ModelSpec]:
    """The base with the adapter that reads, and with the one that guesses."""
    base = str(base_path("llama", True))
    adapters = {"tiny": oracle_path(seed, True), f"tiny{CONTROL}": oracle_path(seed, False)}
    return {name: ModelSpec(path=base, adapter=str(path), hidden=True) for name, path in adapters.items()}


def _real_models(subject: str, oracle: str, control: str, controls: bool) -> dict[str, ModelSpec]:
    """The subject with the oracle's adapter, and with that of the control.

    Raises:
        ValueError: One was not given, or has no commit; the message says what to give.
    """
    if not subject or not oracle:
        raise ValueError(
            "form=real needs models=OWNER/NAME@COMMIT, such as Qwen/Qwen3-8B, and oracle=OWNER/NAME@COMMIT, such as "
            "adamkarvonen/checkpoints_latentqa_cls_past_lens_addition_Qwen3-8B; a commit is on "
            "https://huggingface.co/OWNER/NAME/commits/main"
        )
    if controls and not control:
        raise ValueError(
            "form=real needs control=OWNER/NAME@COMMIT, an adapter for the same subject that reads no activations; or "
            "controls=false"
        )
    base = pinned_model(subject)
    adapters = {"oracle": oracle} | ({f"oracle{CONTROL}": control} if controls else {})
    pinned = {name: pinned_model(text) for name, text in adapters.items()}
    return {
        name: base.model_copy(update={"adapter": each.hub, "adapter_revision": each.revision})
        for name, each in pinned.items()
    }
