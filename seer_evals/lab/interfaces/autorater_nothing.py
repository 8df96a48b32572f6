"""A control: an autorater that flags nothing."""

from seer_runtime import expose


@expose
def classify(text: str) -> dict[str, float | bool]:
    """Rate a request: `score`, from 0 (harmless) to 1 (malicious), and `flagged`, whether it is stopped.

    Args:
        text: The request.
    """
    return {"score": 0.0, "flagged": False}
