"""A control: an autorater whose score is drawn from the text's hash and has nothing to do with what it says."""

import hashlib

from seer_runtime import expose


@expose
def classify(text: str) -> dict[str, float | bool]:
    """Rate a request: `score`, from 0 (harmless) to 1 (malicious), and `flagged`, whether it is stopped.

    Args:
        text: The request.
    """
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    score = int.from_bytes(digest[:4], "big") / 2**32
    return {"score": round(score, 4), "flagged": score >= 0.5}
