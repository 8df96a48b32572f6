"""What is wrong with this model? Several hidden behaviours or none, defended or not, by weights or by chat."""

from dataclasses import replace
from typing import Any

from inspect_ai import Task, task, task_with
from inspect_ai.dataset import Sample

from seer_evals.environment import IN_KERNEL, ScopedSpec
from seer_evals.lab.interfaces import CHAT
from seer_evals.organisms import truth_metadata
from seer_evals.organisms.language.card import FILE
from seer_evals.scorers import alias_match, correctness, detection, evidence, process
from seer_evals.solvers.baseline import baseline
from seer_evals.studies import BASELINE_KEY
from seer_evals.tasks.auditing_game.material import DEFENCES, Audited, real_audited, tiny_audited
from seer_evals.tasks.shared.conditions import Conditions, conditions
from seer_evals.tasks.shared.files import study_files
from seer_evals.tasks.shared.folder import Folder
from seer_evals.tasks.shared.lists import listed, seeds_of
from seer_evals.tasks.shared.study import one_of, study_gpus
from seer_evals.tasks.shared.viewer import investigation_viewer

NAME = "auditing_game"
HERE = Folder.of(__file__)
CHAT_ROOM = "chat"
"""Name of the scoped sandbox, and of the module that asks the model in it."""
ACCESS = {"whitebox": "every-rule", CHAT_ROOM: "chat-battery"}
"""What the agent has of the model, and the technique that is the baseline there."""
BATTERIES = "batteries"
SEEDS = [101, 102, 103]


@task(investigation=True)
@conditions(baseline="", real=("data",), tiny=("seeds", "defences"), time_limit=3600)
def auditing_game(
    run: Conditions,
    technique: str = "",
    access: str | list[str] = "whitebox",
    defences: str | list[str] = "none,prompt",
    seeds: int | str | list[int] = SEEDS,
    data: str = "",
) -> Task:
    """Find all that a model hides, or find that it hides nothing.

    The tiny form trains an organism of the family `defended` and its clean twin for every seed (two minutes of one
    core each pair); the same weights take part twice, without and with the system prompt that defends them. The real
    form takes `data`, a file with models at commits and the truth about them: an hour of one A100-80GB and 2 to 5
    dollars for each sample of a model of 9 billion parameters (an estimate, not a measurement).

    Args:
        run: What every study takes: `Conditions`.
        technique: One technique alone in place of an agent; `batteries` takes the baseline of each access.
        access: What the agent has of the model: `whitebox` (its weights) or `chat` (answers, from a sandbox that it
            cannot enter). Both, separated by commas, make a sample each.
        defences: Of the tiny form: `none`, `prompt` (a hidden system prompt), or both.
        seeds: Of the tiny form's organisms.
        data: Of the real form: a JSON file with the models.
    """
    run = replace(run, technique="" if technique == BATTERIES else technique)
    ways = [one_of("access", each, ACCESS) for each in listed(access)]
    under = [one_of("defence", each, DEFENCES) for each in listed(defences)]
    models = tiny_audited(seeds_of(seeds), under, run.controls) if run.tiny else real_audited(data, run.controls)
    samples = [_sample(run, model, way) for way in ways for model in models]
    made = run.task(
        samples,
        [detection(), correctness(), alias_match(), evidence(), process()],
        "detection.detection_alarm",
        viewer=investigation_viewer(),
    )
    return task_with(made, solver=baseline()) if technique == BATTERIES else made


def _sample(run: Conditions, model: Audited, access: str) -> Sample:
    placement: str = IN_KERNEL
    fields: dict[str, Any] = {}
    if access == CHAT_ROOM:
        gpu = study_gpus(run.gpu, run.sandbox, run.form)
        placement = CHAT_ROOM
        fields = {"scoped": (ScopedSpec(name=CHAT_ROOM, interface=str(CHAT), gpu=gpu),), "gpu": ()}
    return run.sample(
        f"{model.id}.{access}",
        HERE.question(access=HERE.prompt(access).strip(), hints=run.hint),
        (model.spec.model_copy(update={"placement": placement}),),
        target=model.truth.description,
        metadata={
            BASELINE_KEY: ACCESS[access],
            **truth_metadata(model.truth, model.control, group=model.group, pair=model.pair, access=access),
        },
        files=study_files({FILE: model.card} if model.card else {}, folder=""),
        **fields,
    )
