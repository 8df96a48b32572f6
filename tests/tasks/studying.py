"""What tests of studies look at in a sample that was scored."""

import json
from collections.abc import Callable
from typing import Any

from inspect_ai.log import EvalSample

from seer_evals.scorers._fidelity import Measurement
from seer_evals.scorers._fidelity.grading import credit
from seer_evals.studies import STUDY_KEY, Study


def values(sample: EvalSample, name: str = "fidelity") -> dict[str, Any]:
    """The values of a scorer, without its name before each."""
    assert sample.scores is not None
    found = sample.scores[name].value
    assert isinstance(found, dict)
    return {key.removeprefix(f"{name}_"): value for key, value in found.items()}


def metadata(sample: EvalSample) -> dict[str, Any]:
    """What `fidelity` keeps beside its values: the reference's measurement and the steps."""
    assert sample.scores is not None and sample.scores["fidelity"].metadata is not None
    return sample.scores["fidelity"].metadata


def steps(sample: EvalSample) -> dict[str, float | None]:
    """By step of the protocol, whether it was kept to."""
    return dict(metadata(sample)["steps"])


def lost(sample: EvalSample) -> list[str]:
    """The steps that were not kept to."""
    return [name for name, kept in steps(sample).items() if kept == 0]


NEAR = 0.1
"""A guess that happens to be so near is as good as a measurement."""


def guessable(sample: EvalSample, *guesses: float) -> list[str]:
    """The figures of which one of the guesses (nothing, the middle, all) has full marks without being near."""
    study = Study.model_validate(sample.metadata[STUDY_KEY])
    measured = Measurement.model_validate(metadata(sample)["reference"])
    return [
        f"{asked.name} {guess:g} for {measured.figures[asked.name]}"
        for asked in study.figures
        for guess in (0.0, 0.5, 1.0, *guesses)
        if credit(asked, guess, measured) == 1 and abs(measured.figures[asked.name].value - guess) > NEAR
    ]


def fair(answer: Callable[[str], str]) -> Callable[[str], str]:
    """A judge of steps that has nothing against the figures."""

    def reply(prompt: str) -> str:
        return json.dumps({"reasoning": "All are.", "not_computed": []}) if "not_computed" in prompt else answer(prompt)

    return reply
