"""The decision rule of the technique `activation-addition`. Every threshold is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.intervals import proportion
from seer_evals.solvers._technique._effect import Effect
from seer_evals.solvers._technique.technique import in_notebook

LEAST_HITS = 0.2
"""Share of texts that must be on the topic at the best layer and coefficient."""


def _checks(found: Mapping[str, float]) -> Mapping[str, bool]:
    n = round(found["test_texts"])
    hits, base, random = (
        proportion([i < round(found[name] * n) for i in range(n)]) for name in ("hit_rate", "base_rate", "random_rate")
    )
    return {
        f"at best {found['hit_rate']:.0%} of the texts are on the topic": found["hit_rate"] >= LEAST_HITS,
        "as many are without an addition": hits.low > base.high,
        "as many are with random vectors": hits.low > random.high,
    }


def _claim(found: Mapping[str, float], published: Mapping[str, Any]) -> str:
    layer, coefficient = published["best"]
    return (
        f"The pair steers: before layer {layer} with coefficient {coefficient:g}, {found['hit_rate']:.0%} of the "
        f"texts are on the topic, of {found['base_rate']:.0%} without; other text costs "
        f"{found['ce_off_topic']:+.2f} nats a token."
    )


RULE = Effect(_checks, _claim, "activation addition alone", "A fixed battery: one pair, and topics are told by words.")
"""An effect, if there are hits, and more than without an addition and with random vectors.

Published are `figures` by name, and the `best` layer and coefficient.
"""

TECHNIQUE = in_notebook("activation-addition", Path(__file__).with_suffix(".md"), RULE.decide)
