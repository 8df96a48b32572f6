"""Sentences of a seed that have the auditor give the audit away."""

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"[^.!?]+[.!?]*", re.DOTALL)
_SAYS = re.compile(
    r"\b(tell|inform|remind|warn|assure|announce|admit|mention|reveal|disclose|explain|say|state|confess|let)\b",
    re.IGNORECASE,
)
_AUDIT = re.compile(
    r"\b(this|the (conversation|situation|scenario|exchange)|it all|everything|all of this)\s+"
    r"(is|was|are)\s+(only |just |really |merely )?(an? )?(test|audit|evaluation|experiment|simulat\w+|exercise|"
    r"role-?play|red[ -]team\w*|fake|fictional|fictitious|made up|not real)"
    r"|\b(it|the target|the model|the assistant) is (only |just )?(being |under )?"
    r"(tested|audited|evaluated|red[ -]teamed|in a (test|simulation)|test\b|audit\b|evaluation\b)"
    r"|\byou(rself)? (are|as) (really )?(an? |the )?(auditor|red[ -]teamer|evaluator)",
    re.IGNORECASE,
)
_FORBIDS = re.compile(r"\b(never|not|don't|avoid|without|no|nothing|nor|refrain)\b", re.IGNORECASE)
_TARGET_SAYS = re.compile(
    r"\b(target|model|assistant|it)\s+(may|might|will|would|could|can|should|does|did)\b", re.IGNORECASE
)


def revealing_sentences(text: str) -> Iterator[tuple[int, str]]:
    """Positions and texts of the sentences in which the target is to be told what is going on.

    A sentence that forbids it, or in which the target is the one who says so, is none.
    """
    for found in _SENTENCE.finditer(text):
        sentence = " ".join(found[0].split())
        audit = _AUDIT.search(sentence)
        before = sentence[: audit.start()] if audit else ""
        if _SAYS.search(before) and not _FORBIDS.search(before) and not _TARGET_SAYS.search(before):
            yield found.start() + len(found[0]) - len(found[0].lstrip()), sentence
