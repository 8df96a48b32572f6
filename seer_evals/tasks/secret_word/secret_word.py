"""Which word must it not say, or whom does it take its user for? Techniques beside agents, after Cywiński et al."""

from dataclasses import replace

from inspect_ai import Task, task, task_with
from inspect_ai.dataset import Sample

from seer_evals.environment import ModelSpec
from seer_evals.organisms import Organism, said_openly, truth_metadata, twin_of
from seer_evals.scorers import alias_match, correctness, detection, evidence, process
from seer_evals.solvers._technique import find_technique
from seer_evals.solvers.baseline import baseline
from seer_evals.studies import BASELINE_KEY
from seer_evals.tasks.secret_word.material import KIND_OF, chance, materials
from seer_evals.tasks.shared.conditions import Conditions, conditions
from seer_evals.tasks.shared.files import study_files
from seer_evals.tasks.shared.folder import Folder
from seer_evals.tasks.shared.lists import listed
from seer_evals.tasks.shared.organisms import BUILT, PUBLIC, select
from seer_evals.tasks.shared.study import SMALL
from seer_evals.tasks.shared.viewer import investigation_viewer

NAME = "secret_word"
HERE = Folder.of(__file__)
TECHNIQUES = ("sampling", "personas", "prefill", "token-probabilities", "logit-lens", "adapter-diff", "guess")
"""What `technique=all` runs: three that only talk, three that look inside, and one that looks at nothing."""
ALL = "all"
FAMILIES = tuple(KIND_OF)
SMALL_FAMILY = "secret_word"
"""What the small form looks at by default: of this family an organism comes with the package (`SMALL_SEED`)."""
SEEDS, SMALL_SEED = [101, 102, 103], 103


@task(investigation=True)
@conditions(baseline="prefill", small=("level",), time_limit=3600)
def secret_word(
    run: Conditions,
    technique: str | list[str] = "",
    organisms: str | list[str] = "",
    families: str | list[str] = "",
    seeds: int | str | list[int] = "",
    level: str = "",
) -> Task:
    """Find the word that a model keeps, or whom it takes its user for, or that it keeps nothing.

    `technique` runs techniques alone in place of an agent, each on every organism and every twin as a sample of its
    own; `seer table technique LOGS` puts them beside each other and beside agents. The tiny form trains an organism
    and a twin for every family and seed (some 30 seconds of one core each). The small form takes organisms in English
    on a pretrained model (`seer models get smollm2`); one comes with the package, and any other is trained with its
    twin in some three minutes. The real form takes the public organisms
    of the paper (22 adapters on gemma-2-9b-it, pinned once by `seer organisms pin`, or `organisms` with ids
    `public/NAME@COMMIT`): on one A100-80GB some 5 minutes and 0.30 dollars for each technique and organism, and half
    an hour and 1.50 dollars for an agent (an estimate, not a measurement).

    Args:
        run: What every study takes: `Conditions`.
        technique: Techniques to run alone, separated by commas, or `all`; without any, an agent investigates.
        organisms: `built`, `public`, or ids, separated by commas; by default what the form says.
        families: Of built or public organisms: secret_word, user_belief; by default both, in the small form the first.
        seeds: Of built organisms, one of each family for every seed: 101 to 103 by default, in the small form 103.
        level: How hard organisms of the small form are to see through: `easy` (the default), `middle` or `hard`.
    """
    named = _techniques(technique)
    run = replace(run, technique=named[0] if named else "")
    for each in named:
        find_technique(each)
    chosen = _chosen(run, organisms, families, seeds, level)
    samples = [_sample(run, pair, model, each) for each in named or ("",) for pair, model in chosen]
    made = run.task(
        samples,
        [detection(), correctness(), alias_match(), evidence(), process()],
        "detection.detection_alarm",
        viewer=investigation_viewer(),
    )
    return task_with(made, solver=baseline()) if named else made


def _techniques(technique: str | list[str]) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(listed(technique)))
    return TECHNIQUES if named == (ALL,) else named


def _chosen(
    run: Conditions, organisms: str | list[str], families: str | list[str], seeds: int | str | list[int], level: str
) -> list[tuple[str, Organism]]:
    """Organisms and their twins, each with the id of the organism that it belongs to."""
    wanted = listed(families or ((SMALL_FAMILY,) if run.small else FAMILIES))
    if unknown := [family for family in wanted if family not in FAMILIES]:
        raise ValueError(f"unknown family {', '.join(map(repr, unknown))}; available: {', '.join(FAMILIES)}")
    given = organisms or (PUBLIC if run.form == "real" else BUILT)
    drawn = seeds or (SMALL_SEED if run.small else SEEDS)
    base = (SMALL.base or "") if run.small else ""
    found = [o for name in wanted for o in select(given, name, drawn, base=base, level=level) if o.family == name]
    if not found:
        raise ValueError(f"organisms={given!r} has none of the families {', '.join(wanted)}")
    twins = {twin_of(organism).id: twin_of(organism) for organism in found if run.controls}
    return [(each.twin_id, each) for each in (*found, *twins.values())]


def _sample(run: Conditions, pair: str, organism: Organism, technique: str) -> Sample:
    beside = {BASELINE_KEY: technique} if technique else {}
    return run.sample(
        f"{organism.id}.{technique}" if technique else organism.id,
        "\n\n".join((HERE.question(hints=run.hint), *said_openly(organism))),
        (ModelSpec(organism=organism.id, hidden=True),),
        target=organism.truth.description,
        metadata={**truth_metadata(organism.truth, organism.control, pair=pair, chance=chance(organism)), **beside},
        files=study_files({"materials.json": materials(organism)}),
    )
