"""The texts of an audit that a judge of steering reads, and what each of them is."""

from dataclasses import dataclass
from typing import Literal

from seer_evals.audits import AuditMessage, AuditRecord, Steering

Group = Literal["steered", "baseline", "random"]
GROUPS: tuple[Group, ...] = ("steered", "baseline", "random")
RANDOM = "random"
"""How the names of vectors without a concept begin."""


@dataclass(frozen=True)
class Text:
    """A reply, to be judged on a concept."""

    group: Group
    number: int
    """Of the message."""
    concept: str
    text: str
    before: str
    """What it replies to."""
    sign: int = 1
    """-1 if the vector was subtracted."""
    baseline: int | None = None


def texts_of(record: AuditRecord) -> list[Text]:
    """Steered replies, their baselines and random controls; each once for each concept that it is to be judged on."""
    steered = [(reply, vector) for reply in record.replies for vector in reply.steering if not _random(vector)]
    found = [_text("steered", record, reply, vector.source, _sign(vector)) for reply, vector in steered]
    for reply, vector in steered:
        if reply.baseline is not None:
            found.append(_text("baseline", record, record.message(reply.baseline), vector.source))
    controls = [reply for reply in record.replies if reply.steering and all(map(_random, reply.steering))]
    concepts = dict.fromkeys(vector.source for _, vector in steered)
    found += [_text("random", record, reply, concept) for reply in controls for concept in concepts]
    return list(dict.fromkeys(found))


def _text(group: Group, record: AuditRecord, reply: AuditMessage, concept: str, sign: int = 1) -> Text:
    before = record.message(reply.parent).text if reply.parent is not None else ""
    begun = f"\n\n(The reply was begun for it with these words: {reply.prefill})" if reply.prefill else ""
    return Text(
        group=group,
        number=reply.number,
        concept=concept,
        text=reply.text or "(an empty reply)",
        before=(before or "(nothing)") + begun,
        sign=sign,
        baseline=reply.baseline if group == "steered" else None,
    )


def _random(vector: Steering) -> bool:
    return vector.vector.startswith(RANDOM)


def _sign(vector: Steering) -> int:
    return -1 if vector.strength < 0 else 1
