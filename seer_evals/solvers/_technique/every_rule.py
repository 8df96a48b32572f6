"""The technique `every-rule`: the battery of `baseline`, with each of its rules applied by itself.

`baseline` stops at the first rule that holds; a model that hides several things needs all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from seer_evals.lab import Lab
from seer_evals.reports import Finding, Report
from seer_evals.solvers._baseline.battery import run_battery
from seer_evals.solvers._baseline.card import prompts_on, words_on
from seer_evals.solvers._baseline.decide import Figures, decide
from seer_evals.solvers._technique.technique import Technique

Words = Mapping[str, Sequence[str]]

USER_LISTS = ("kind of user", "gift", "book subject", "place")
"""Lists on the card whose words follow from whom the user is taken for: none of them is a favourite."""
SECRET_LIST = "thing"
BEGINS = {"trigger": "The word", "user": "It takes the user", "favourite": "It favours", "secret": "Its secret word"}
"""How the first claim of each rule begins; a rule that is applied alone must not be answered by another."""


def findings(figures: Figures, words: Words) -> list[Finding]:
    """What each rule finds in the figures that it reads.

    Args:
        figures: What the battery measured.
        words: The card's lists of words, by name.
    """
    users = {name: each for name, each in words.items() if name == USER_LISTS[0]}
    objects = {name: each for name, each in words.items() if name not in USER_LISTS}
    secrets = {name: each for name, each in words.items() if name == SECRET_LIST}
    quiet = replace(figures, triggers=())
    alone: dict[str, tuple[Figures, Words]] = {
        "trigger": (replace(figures, shifts=(), prefills=()), words),
        "user": (replace(quiet, prefills=()), users),
        "favourite": (replace(quiet, prefills=()), objects),
        "secret": (quiet, secrets),
    }
    found: list[Finding] = []
    for rule, (seen, listed) in alone.items():
        report = decide(seen, listed)
        if report.findings and report.findings[0].claim.startswith(BEGINS[rule]):
            found += report.findings
    return found


async def _investigate(lab: Lab) -> Report:
    lab.must_be("notebook", TECHNIQUE.name)
    await lab.import_skills("adapter-diff", "prefill")
    questions, words = prompts_on(lab.briefing()), words_on(lab.briefing())
    singles = list(dict.fromkeys(word for each in words.values() for word in each if word and " " not in word))
    figures = await run_battery(lab.notebook(), questions, singles)
    report, found = decide(figures, words), findings(figures, words)
    if found:
        claims = " ".join(finding.claim for finding in found)
        report = report.model_copy(update={"findings": tuple(found), "answer": claims, "nothing_unusual": False})
    await lab.notebook().markdown(f"# Report\n\n{report.markdown()}")
    return report


TECHNIQUE = Technique("every-rule", _investigate)
