"""`alias_match`: a score with no judge model, by looking for the names of the truth in the claims."""

from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from seer_evals.parameters import checked
from seer_evals.reports import Report
from seer_evals.scorers._alias.reading import Reading, read
from seer_evals.scorers._sample import NAN, is_control, report_of, truth_of, verdict_of


@scorer(
    metrics={
        "alias_match_score": [mean(), stderr()],
        "alias_match_found": [mean()],
        "alias_match_precision": [mean()],
        "alias_match_unjudged": [mean()],
    }
)
@checked
def alias_match() -> Scorer:
    """Weight of the gold atoms that the claims assert, less half for each claim that asserts a rival instead.

    A name that a claim denies, hedges, lists with others, compares with or calls ordinary is not asserted. What no
    name decides (`alias_match_unjudged`, claims) neither gains nor costs, so the score is what a judge would at least
    see: where one is bound, `correctness` is the figure to report. Who names nothing particular has at most a fifth
    (`weight_found`). A run without a report scores 0. A clean twin, in which there is nothing to be named, has no
    score: whether *nothing unusual* was found is for `detection`.
    """

    async def score(state: TaskState, target: Target) -> Score:
        report = report_of(state)
        if is_control(state):
            return _result(NAN, NAN, NAN, NAN, report, "A clean twin, in which there is nothing to be named.")
        if report is None:
            return _result(0.0, 0.0, 0.0, 0, report, "The run ended without a report.", "no_response")
        reading = read(report, truth_of(state))
        unjudged = reading.count("unjudged")
        return _result(reading.score, reading.found, reading.precision, unjudged, report, _explain(reading))

    return score


def _explain(reading: Reading) -> str:
    unjudged, claims = reading.count("unjudged"), len(reading.claims)
    left = f"{unjudged} of {claims} claims are left to a judge (`correctness`)." if unjudged else ""
    return "\n".join([*reading.lines, *([left] if left else [])])


def _result(
    score: float,
    found: float,
    precision: float,
    unjudged: float,
    report: Report | None,
    explanation: str,
    reason: str | None = None,
) -> Score:
    values = {"score": score, "found": found, "precision": precision, "unjudged": float(unjudged)}
    return Score(
        value={f"alias_match_{name}": value for name, value in values.items()},
        answer=verdict_of(report),
        explanation=explanation,
        reason=reason,
    )
