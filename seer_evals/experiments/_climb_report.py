"""The report of a climb: that of its proof, and beside it what the search had made of the candidates."""

from dataclasses import replace
from pathlib import Path

from seer_evals.experiments._climb import START, Climbing
from seer_evals.experiments._climbing import Searched, searched_in
from seer_evals.experiments._experiment import ExperimentError
from seer_evals.experiments._objective import results_of
from seer_evals.experiments._report import Written, write
from seer_evals.experiments._results import Arm, paired
from seer_evals.experiments._tables import Table


def write_climb(climbing: Climbing, into: Path) -> Written:
    """What the logs of a climb say.

    Args:
        climbing: The climb.
        into: The folder in which its own is.

    Raises:
        ExperimentError: The search, or the proof, has not ended.
    """
    folder = into / climbing.name
    searched = searched_in(folder)
    if searched is None:
        raise ExperimentError("the search has not ended: `seer experiment climb` comes before the report")
    if not searched.winner:
        return _without_winner(climbing, searched)
    proof = climbing.proof(searched.winner, "", "")
    start, winner = results_of(proof, folder)
    if not winner.values(climbing.verdict.scored):
        raise ExperimentError("the winner has not been run on the held-out organisms; `seer experiment climb` goes on")
    report = write(proof, [start, winner])
    return replace(
        report,
        title=climbing.name,
        verdicts=[*report.verdicts, _shrunk(climbing, searched, start, winner)],
        tables=[*report.tables, _search_table(climbing, searched)],
    )


def _without_winner(climbing: Climbing, searched: Searched) -> Written:
    tried = sum(each.organisms > 0 for each in searched.standings)
    nothing = (
        f"None of {tried} candidates that were tried gained anything over the {START} on the search's organisms: the "
        f"{START} stays, and nothing was run on those held out."
    )
    return Written(climbing.name, climbing.question, [nothing], [_search_table(climbing, searched)], [], "")


def _shrunk(climbing: Climbing, searched: Searched, start: Arm, winner: Arm) -> str:
    """What the search had promised, and what came of it: the best of many looks better than it is."""
    rule = climbing.verdict
    promised = next(each.gain for each in searched.standings if each.name == searched.winner)
    means = paired(start, winner, rule.scored).means
    kept = (1 if rule.more_is_better else -1) * sum(means) / len(means) if means else 0.0
    tried = sum(each.organisms > 0 for each in searched.standings)
    return (
        f"In the search {searched.winner} had gained {promised:+.2f} on {searched.organisms} organisms, as the best of "
        f"{tried}; on organisms that the search never saw it gains {kept:+.2f}. This is what counts."
    )


def _search_table(climbing: Climbing, searched: Searched) -> Table:
    rows = [
        [
            each.name,
            f"{each.gain:+.2f}" if each.organisms else "-",
            str(each.organisms),
            "winner" if each.name == searched.winner else each.out or "tried on all",
        ]
        for each in sorted(searched.standings, key=lambda each: (bool(each.out), -each.gain))
    ]
    scored = climbing.verdict.scored
    note = f"Gain: mean difference in {scored} from the {START}, on the search's organisms. It claims nothing."
    return Table("What the search made of the candidates", ("candidate", "gain", "organisms", "came to"), rows, note)
