"""Interfaces that come with the package: Python files that run in a scoped sandbox, beside a model that stays there."""

from pathlib import Path

WHITEBOX = Path(__file__).parent / "whitebox.py"
"""White-box functions on a model that the agent cannot reach."""
AUDIT = Path(__file__).parent / "audit.py"
"""Steering vectors for the replies of a model that is audited, and a look at the replies."""
CHAT = Path(__file__).parent / "chat.py"
"""What the API of a chat model gives: answers to questions and conversations."""
AUTORATERS = {
    "classifier": Path(__file__).parent / "autorater.py",
    "random": Path(__file__).parent / "autorater_random.py",
    "nothing": Path(__file__).parent / "autorater_nothing.py",
    "everything": Path(__file__).parent / "autorater_everything.py",
}
"""Autoraters of requests by name: a trained one, and controls that read no meaning."""
