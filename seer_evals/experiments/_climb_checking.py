"""Everything that is wrong with a climb before it runs, and what its proof could show."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from seer_evals.experiments._candidates import given, put_in_place, start_of, why_unusable
from seer_evals.experiments._checking import Checked, check_experiment, power
from seer_evals.experiments._climb import Climbing
from seer_evals.experiments._experiment import ExperimentError
from seer_evals.experiments._grounds import Grounds, survey
from seer_evals.experiments._searching import stages


@dataclass(frozen=True)
class CheckedClimb:
    """What is wrong, a line each; what search and proof would run; and what the proof could show.

    Attributes:
        problems: Lines.
        search: In words.
        proof: The plan of the final experiment.
        power: In words.
    """

    problems: tuple[str, ...]
    search: str
    proof: Checked
    power: str


async def check_climb(climbing: Climbing, source: Path) -> CheckedClimb:
    """Load search and proof as Inspect would, and read every candidate, without starting anything.

    Args:
        climbing: Of the file.
        source: The file: names of files in it are relative to where that lies.
    """
    texts, problems = given(climbing, source)
    try:
        start, text = start_of(climbing, source)
    except ExperimentError as error:
        return CheckedClimb((*problems, str(error)), "", Checked((), ()), "nothing can be run, so nothing can be shown")
    proof = climbing.proof("winner", str(start), str(start))
    checked = await check_experiment(proof, source)
    problems += [each.removeprefix("every arm: ") for each in checked.problems]
    try:
        grounds = survey(climbing, source, str(start), text)
    except Exception as error:
        # Tasks are other people's code; that of the proof has been looked at above.
        problems.append(f"climb: {error}")
        return CheckedClimb(tuple(dict.fromkeys(problems)), "", checked, power(proof, checked.plan))
    problems += grounds.problems
    refused = _refused(climbing, source, grounds, texts)
    problems += refused
    if not climbing.climb.reflection and len(refused) == len(texts):
        problems.append("climb.candidates: none can be tried; write one that names no secret and that the task takes")
    words = _search_in_words(climbing, grounds, len(texts) - len(refused))
    return CheckedClimb(tuple(dict.fromkeys(problems)), words, checked, power(proof, checked.plan))


def _refused(climbing: Climbing, source: Path, grounds: Grounds, texts: dict[str, str]) -> list[str]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            why = str(grounds.wall.leak(text) or "")
            why = why or why_unusable(climbing, source, put_in_place(climbing, source, Path(folder), name, text))
            found += [f"candidate {name}: {why}"] if why else []
    return found


def _search_in_words(climbing: Climbing, grounds: Grounds, candidates: int) -> str:
    sizes = " + ".join(str(len(each)) for each in stages(candidates, list(grounds.search)))
    reflection = climbing.climb.reflection
    more = (
        f", then {reflection.rounds} rounds of {reflection.each} that {reflection.model} proposes" if reflection else ""
    )
    return f"{candidates} candidates and the start on {sizes} organisms{more}; none of {len(grounds.held_out)} held out"
