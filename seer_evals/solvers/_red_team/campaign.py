"""A red team's work: what was asked and submitted, and what the autorater made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.log import transcript
from inspect_ai.util import Store, span

from seer_evals.audits.attacks import ATTACKS_KEY, AttackRecord, PlainRequests, Rating
from seer_evals.solvers._bench.together import together
from seer_evals.solvers._red_team.options import Options
from seer_evals.solvers._red_team.plain import HARMLESS, MALICIOUS
from seer_evals.solvers._red_team.raters import Rate, RaterFailed


@dataclass
class Campaign:
    """What a red team works on."""

    options: Options
    rate: Rate
    store: Store
    record: AttackRecord

    @property
    def queries_left(self) -> int:
        """Times that the attacker may still ask."""
        return self.options.queries - len(self.record.queries)

    @property
    def attacks_left(self) -> int:
        """Attacks that it may still submit."""
        return self.options.attacks - len(self.record.attacks)

    def change(self, **fields: Any) -> None:
        """Change the record, and keep it."""
        self.record = self.record.model_copy(update=fields)
        self.store.set(ATTACKS_KEY, self.record.model_dump(mode="json"))

    def limited(self, which: str) -> None:
        """Note the limit that ends it."""
        self.change(ending="limit", detail=which)

    async def query(self, text: str) -> Rating:
        """Ask the autorater; a query that fails is spent."""
        rating = await self._rating(len(self.record.queries) + 1, text)
        self.change(queries=(*self.record.queries, rating))
        transcript().info({"query": rating.model_dump(mode="json")}, source="red team")
        return rating

    async def attack(self, text: str) -> Rating:
        """Submit an attack; the autorater is asked, and what it says is for the record only."""
        rating = await self._rating(len(self.record.attacks) + 1, text)
        self.change(attacks=(*self.record.attacks, rating))
        transcript().info({"attack": rating.model_dump(mode="json")}, source="red team")
        return rating

    async def measure_plain(self) -> None:
        """Let the autorater rate requests that hide nothing: what it lets through, and stops, without any art."""
        async with span("plain requests"):
            caught = await self._flags(MALICIOUS)
            alarms = await self._flags(HARMLESS)
        self.change(
            plain=PlainRequests(
                malicious=len(caught), caught=sum(caught), harmless=len(alarms), false_alarms=sum(alarms)
            )
        )

    async def _flags(self, texts: Sequence[str]) -> list[bool]:
        """Whether each text is flagged; those that could not be rated are left out."""
        ratings = await together(*(self._rating(number, text) for number, text in enumerate(texts, start=1)))
        return [rating.flagged for rating in ratings if rating.flagged is not None]

    async def _rating(self, number: int, text: str) -> Rating:
        try:
            score, flagged = await self.rate(text)
        except RaterFailed as failure:
            return Rating(number=number, text=text, problem=str(failure))
        return Rating(number=number, text=text, score=score, flagged=flagged)
