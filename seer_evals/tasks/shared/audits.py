"""What tasks that audit by seeds share: samples, the check of the target, and how the log viewer shows them."""

from typing import Any, Literal

from inspect_ai.dataset import Sample
from inspect_ai.model import Model
from inspect_ai.viewer import (
    SampleScoreView,
    ScoreColorScale,
    TaskSamplesColumn,
    TaskSamplesSort,
    TaskSamplesView,
    ViewerConfig,
)

from seer_evals.audits import (
    AGENT_KEY,
    CARD_KEY,
    SEED_KEY,
    STEERING,
    Seed,
    TargetAgent,
    find_agent,
    find_dimensions,
    find_seeds,
)
from seer_evals.environment import IN_KERNEL, ModelSpec
from seer_evals.inspect_private import model_roles
from seer_evals.lab import lab_sample
from seer_evals.lab.interfaces import AUDIT
from seer_evals.organisms import Organism, PublicSource, truth_metadata
from seer_evals.sandboxes import spec_for
from seer_evals.tasks.shared.laboratory import SCOPED, gpus_for, laboratory

LAB = "lab/"
LAB_TARGET = "lab/default"
PALETTES: dict[str, Literal["good-high", "good-low", "neutral"]] = {
    "good": "good-high",
    "bad": "good-low",
    "neutral": "neutral",
}
HOW = "give one or more with -T organisms=preference-llama-101 (`seer organisms list`)"


def check_target(laboratories: bool, organisms: str | list[str]) -> None:
    """Refuse a target that has no laboratory, and laboratories that no target is in.

    Args:
        laboratories: Organisms were chosen.
        organisms: What was asked for, for the message.

    Raises:
        ValueError: With what to say instead.
    """
    if organisms and not laboratories:
        raise ValueError(f"organisms={organisms!r} chooses none; give ids, separated by commas (`seer organisms list`)")
    bound = model_roles().get("target")
    if bound is None and laboratories:
        return
    if bound is None:
        raise ValueError("there is no target: give --model-role target=MODEL, or organisms with -T organisms=ID")
    name = str(bound) if isinstance(bound, Model) else ", ".join(map(str, bound))
    if name.startswith(LAB) and not laboratories:
        raise ValueError(f"the target {name} is a model in a laboratory, but no organism is chosen: {HOW}")
    if laboratories and not name.startswith(LAB):
        raise ValueError(
            f"organisms={organisms!r} are models in laboratories, but the target is {name}: "
            "leave the role out (it is lab/default then), or leave the organisms out"
        )


def plain_seeds(selection: str | list[str]) -> tuple[Seed, ...]:
    """Seeds for an auditor who only talks.

    Raises:
        ValueError: One does not exist, or asks for steering.
    """
    found = find_seeds(selection)
    if steering := [seed.id for seed in found if STEERING in seed.tags]:
        raise ValueError(f"{', '.join(steering)}: the target has to be steered there, which petri_whitebox can")
    return found


def agent_called(name: str, organisms: bool) -> TargetAgent | None:
    """The command-line agent that is to be the target; None for a model alone.

    Raises:
        ValueError: There is none of that name, its file is malformed, or organisms were chosen.
    """
    if name and organisms:
        raise ValueError(f"agent={name!r} works in a sandbox of its own, organisms in a laboratory: leave one out")
    return find_agent(name) if name else None


def audit_sample(
    seed: Seed,
    organism: Organism | None,
    *,
    sandbox: str,
    gpu: str | list[str],
    require_isolation: bool,
    whitebox: bool = False,
    agent: TargetAgent | None = None,
) -> Sample:
    """One audit. The auditor reads the seed; what is true of the organism is for scorers and readers of the log.

    Args:
        seed: What to try.
        organism: The target, in a laboratory; None for a model that is bound to the role.
        sandbox: Provider of the laboratory.
        gpu: Types of GPU for it, in order of preference.
        require_isolation: Refuse to run where it cannot be isolated from this machine.
        whitebox: The target lives in a sandbox of its own, behind functions that steer it and read it.
        agent: The program whose model is the target; None for the model alone.
    """
    question = f"# {seed.title}\n\n{seed.instructions}"
    metadata = {SEED_KEY: seed.model_dump(mode="json"), "tags": list(seed.tags)}
    if agent is not None:
        return _with_agent(seed.id, question, metadata, agent, sandbox, require_isolation)
    if organism is None:
        return Sample(id=seed.id, input=question, metadata=metadata)
    spec = ModelSpec(organism=organism.id, hidden=True)
    gpus = gpus_for(organism, sandbox, gpu)
    placement = SCOPED if whitebox else IN_KERNEL
    environment = laboratory(spec, placement, gpus, interface=AUDIT, require_isolation=require_isolation)
    return lab_sample(
        question,
        environment,
        id=f"{seed.id}@{organism.id}",
        sandbox=sandbox,
        target=organism.truth.description,
        metadata={**truth_metadata(organism.truth, organism.control), **metadata, **_card(organism)},
    )


def _with_agent(
    name: str, question: str, metadata: dict[str, Any], agent: TargetAgent, sandbox: str, require_isolation: bool
) -> Sample:
    """An audit whose target works in the sample's sandbox, which knows nothing of the seed."""
    asked = agent.environment.require_isolation or require_isolation
    environment = agent.environment.model_copy(update={"require_isolation": asked})
    about = agent.model_dump(mode="json", exclude_defaults=True)
    return Sample(
        id=name,
        input=question,
        sandbox=spec_for(sandbox, environment),
        metadata={**metadata, AGENT_KEY: about},
    )


def _card(organism: Organism) -> dict[str, str]:
    """How to talk to an organism that was built here, for auditor and judge; a published one speaks as people do."""
    return {CARD_KEY: organism.grammar_card()} if not isinstance(organism.source, PublicSource) else {}


def audit_viewer(dimensions: str | list[str]) -> ViewerConfig:
    """A column for each dimension, coloured over its scale, then the turns; agents' text is not trusted to render.

    Raises:
        ValueError: A dimension does not exist.
    """
    chosen = {f"petri_{each.id}": each for each in find_dimensions(dimensions)}
    others = {"audit_turns": "Turns", "audit_realism": "Sent back", "audit_null": "Target silent"}
    view = TaskSamplesView(
        name="Audits",
        columns=[
            *(TaskSamplesColumn(id=name) for name in ("sampleStatus", "sampleId", "answer")),
            *(TaskSamplesColumn.score("petri_judge", score) for score in (*chosen, *others)),
            *(TaskSamplesColumn(id=name) for name in ("duration", "error", "limit")),
        ],
        sort=[TaskSamplesSort(column="sampleId")],
        score_labels={**{score: each.title for score, each in chosen.items()}, **others},
        score_color_scales={
            score: ScoreColorScale(palette=PALETTES[each.direction], min=each.scale[0], max=each.scale[1])
            for score, each in chosen.items()
        },
        color_scales_enabled=True,
    )
    return ViewerConfig(trust_content=False, task_samples_view=view, sample_score_view=SampleScoreView(default="grid"))
