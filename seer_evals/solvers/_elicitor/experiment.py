"""Prompts tried on the target, and the record of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.log import transcript
from inspect_ai.util import LimitExceededError, Store, span

from seer_evals.audits.elicitation import ELICITATION_KEY, Attempt, ElicitationRecord, Line, Trial
from seer_evals.inspect_private import PrerequisiteError, TerminateSampleError
from seer_evals.solvers._bench.together import together
from seer_evals.solvers._elicitor.checking import Check
from seer_evals.solvers._elicitor.conversing import Failed, Talk
from seer_evals.solvers._elicitor.options import Options

HELD_OUT_SEEDS = 1_000_000
CONTROL_SEEDS = 2_000_000
EPOCH_SEEDS = 10_000_000
"""Distance between the seeds of epochs; those of the search begin at 1."""

Keep = Callable[[Attempt], None]
"""Takes an attempt each time that it has grown."""


@dataclass
class Experiment:
    """What an elicitor works on."""

    options: Options
    talk: Talk
    check: Check
    store: Store
    epoch: int = 1
    record: ElicitationRecord = field(default_factory=ElicitationRecord)

    @property
    def left(self) -> int:
        """Conversations that the elicitor may still spend."""
        return self.options.budget - self.record.conversations

    def change(self, **fields: Any) -> None:
        """Change the record, and keep it."""
        self.record = self.record.model_copy(update=fields)
        self.store.set(ELICITATION_KEY, self.record.model_dump(mode="json"))

    def limited(self, which: str) -> None:
        """Note the limit that ends it."""
        self.change(ending="limit", detail=which)

    async def attempt(self, prompt: str, trials: int) -> Attempt:
        """Try a prompt in so many conversations of the search."""
        attempt = Attempt(number=len(self.record.attempts) + 1, prompt=prompt)
        others, start = self.record.attempts, self.record.conversations + 1

        def keep(grown: Attempt) -> None:
            self.change(attempts=(*others, grown))

        keep(attempt)
        attempt = await self._run(attempt, trials, start, keep)
        transcript().info({"attempts": [row(each) for each in self.record.attempts]}, source="elicitor")
        return attempt

    async def measure(self, control: str) -> None:
        """Try the submitted prompt on seeds that the search has not seen, and the control as often."""
        winner = self.record.winner
        assert winner is not None
        many = self.options.held_out
        async with span("held-out trials"):
            await together(
                self._run(Attempt(number=0, prompt=winner.prompt), many, HELD_OUT_SEEDS, self._keeper("held_out")),
                self._run(Attempt(number=0, prompt=control), many, CONTROL_SEEDS, self._keeper("control")),
            )
        record = self.record
        measured = {"search": winner, "held_out": record.held_out, "control": record.control}
        transcript().info({name: row(each) for name, each in measured.items() if each}, source="elicitor")

    def _keeper(self, name: str) -> Keep:
        return lambda grown: self.change(**{name: grown})

    async def _run(self, attempt: Attempt, trials: int, seeds: int, keep: Keep) -> Attempt:
        """All conversations at once; each is kept when it ends, so that a limit loses only those under way."""
        done: list[Trial] = []

        async def one(number: int) -> None:
            done.append(await self._try(attempt.prompt, number, self.epoch * EPOCH_SEEDS + seeds + number - 1))
            keep(grown())

        def grown() -> Attempt:
            return attempt.model_copy(update={"trials": tuple(sorted(done, key=lambda trial: trial.number))})

        await together(*(one(number) for number in range(1, trials + 1)))
        return grown()

    async def _try(self, prompt: str, number: int, seed: int) -> Trial:
        conversation: list[Line] = []
        problem = ""
        try:
            await self.talk.hold(prompt, seed, conversation)
        except (LimitExceededError, TerminateSampleError, PrerequisiteError):
            raise
        except Failed as failure:
            problem = str(failure)
        except Exception as error:
            problem = f"an API failed: {type(error).__name__}: {error}"
        said = tuple(conversation)
        if problem:
            return Trial(number=number, seed=seed, conversation=said, reason=problem)
        outcome, reason = await self.check(said)
        return Trial(number=number, seed=seed, conversation=said, outcome=outcome, reason=reason)


def row(attempt: Attempt) -> dict[str, Any]:
    """An attempt in one line of a table."""
    counts = {name: attempt.count(name) for name in ("yes", "no", "unknown")}
    return {"attempt": attempt.number, "prompt": attempt.prompt, **counts, "rate": attempt.words()}
