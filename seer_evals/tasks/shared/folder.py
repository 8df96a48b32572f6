"""The folder of a study: its question, hints and steps, its reference, and what else lies beside its task."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from seer_evals import by_path
from seer_evals.prompting import Folder as Beside
from seer_evals.studies import AskedFigure, Ran, Step, Study
from seer_evals.tasks.shared.study import HINTS, one_of


@dataclass(frozen=True)
class Folder(Beside):
    """Of a study, in this package or anywhere else."""

    def question(self, **parts: object) -> str:
        """What the agent is asked."""
        return self.prompt("question", **parts)

    def step(
        self,
        name: str,
        statement: str,
        *needs: Ran,
        ran: tuple[Ran, ...] = (),
        weight: float = 1.0,
        if_effect: bool = False,
    ) -> Step:
        """A step of the protocol for a judge, who is asked what `steps/NAME.md` says; the rest as in `Step`."""
        asked = self.prompt(f"steps/{name}")
        return Step(
            name=name, statement=statement, weight=weight, needs=needs, ran=ran, question=asked, if_effect=if_effect
        )

    def study(
        self, arguments: dict[str, Any], figures: Iterable[AskedFigure], steps: tuple[Step, ...], **more: Any
    ) -> Study:
        """What is asked for, graded by `reference.py` with these arguments; the rest as in `Study`."""
        return Study(
            name=self.path.name,
            reference=self.reference,
            arguments=arguments,
            figures=tuple(figures),
            steps=steps,
            **more,
        )

    def hinted(self, hints: str) -> str:
        """The parts of the paper's recipe that `hints` allows, as they are appended to the question.

        Raises:
            ValueError: There is no such level.
        """
        return "".join(f"\n\n{self.prompt(part).strip()}" for part in HINTS[one_of("hints", hints, HINTS)])

    @property
    def reference(self) -> str:
        """The scorer's own measurement, `reference.py`, as a `Study` names it."""
        return by_path.named(self.path / "reference.py")
