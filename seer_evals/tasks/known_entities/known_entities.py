"""Which latents know what the model knows? The measurement of Ferrando et al. (2024), on the model given."""

from inspect_ai import Task, task
from inspect_ai.dataset import Sample

from seer_evals.environment import ModelSpec
from seer_evals.parameters import Seed
from seer_evals.scorers import evidence, fidelity, process
from seer_evals.studies import AskedFigure, Ran, Study
from seer_evals.tasks.known_entities.material import Material, real_material, tiny_material
from seer_evals.tasks.shared.conditions import Conditions, conditions
from seer_evals.tasks.shared.folder import Folder
from seer_evals.tasks.shared.study import CONTROL, pinned_models

NAME = "known_entities"
HERE = Folder.of(__file__)
SELECTIVITIES = ("selectivity_known", "selectivity_unknown")
ABSTENTIONS = tuple(f"{kind}_{how}" for kind in ("known", "unknown") for how in ("base", "steered", "random"))
TOLERANCE = 0.05
"""Beyond the spread of the reference over equally selective latents, and over seeds where a GPU trains them: it is
made on the agent's own names, and decoding is greedy."""
PAPERS = ("google/gemma-2-2b-it", "google/gemma-2-9b-it")
STEPS = (
    HERE.step(
        "held_out",
        "The latents were chosen by the training names and tested on names that had no part in that.",
        Ran(of="train"),
        Ran(of="test"),
    ),
    HERE.step("not_everywhere", "Latents that are active everywhere were left out before the choice.", Ran(of="texts")),
    HERE.step("random_control", "Ten random latents were steered as much.", Ran(of="test", edited=True)),
)


@task(investigation=True)
@conditions(baseline="known-entities", real=("models", "control", "data"), tiny=("seed",))
def known_entities(
    run: Conditions, seed: Seed = 101, models: str | list[str] = "", control: str = "", data: str = ""
) -> Task:
    """Find the latents that tell known names from unknown ones, and steer them.

    The tiny form takes an organism that says it does not know the names it was taught nothing about; the control is its
    twin, which makes something up. `seed` draws the names. The real form is an hour or two of one A100-80GB for each
    sample, 3 to 8 dollars at Modal's list prices (an estimate, not a measurement).

    The real form takes `models`, chat models as `OWNER/NAME@COMMIT`, separated by commas; `control`, a chat model that
    does not abstain; and `data`, a directory with names, questions and texts. The other parameters are those of every
    study: `Conditions`.
    """
    material = tiny_material(seed) if run.tiny else real_material(data)
    chosen = _tiny_models(seed) if run.tiny else pinned_models(models, control, run.controls, PAPERS)
    samples = [_sample(run, f"{NAME}-{name}", specs, material) for name, specs in chosen.items()]
    return run.task(samples, [fidelity(), evidence(), process()], "fidelity.fidelity_overall")


def study(material: Material) -> Study:
    """What is asked for, and how it is graded."""
    return HERE.study(
        material.for_reference(),
        (_figure(name) for name in (*SELECTIVITIES, *ABSTENTIONS)),
        STEPS,
        seconds=3600,
    )


def _figure(name: str) -> AskedFigure:
    steered = name.endswith(("_steered", "_random"))
    return AskedFigure(name=name, absolute=TOLERANCE, ran=(Ran(of="test", edited=steered),))


def _sample(run: Conditions, id: str, specs: tuple[ModelSpec, ...], material: Material) -> Sample:
    none = "no effect: it makes something up about unknown names"
    return run.study_sample(id, specs, study(material), material.files(), of_control=none)


def _tiny_models(seed: int) -> dict[str, tuple[ModelSpec, ...]]:
    """The organism that abstains, and its twin."""
    names = {"tiny": f"entities-llama-{seed}", f"tiny{CONTROL}": f"entities-llama-{seed}-twin"}
    return {name: (ModelSpec(organism=organism, hidden=True),) for name, organism in names.items()}
