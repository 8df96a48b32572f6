"""Sessions: how an agent touches its sandbox. A new one is one file and its entry in `SESSIONS`."""

from seer_evals.lab.sessions import cli, notebook, tools
from seer_evals.lab.sessions._session import Session

SESSIONS = {session.name: session for session in (notebook.SESSION, cli.SESSION, tools.SESSION)}

__all__ = ["SESSIONS", "Session"]
