"""The code that runs inside a sandbox, where it is `import seer_runtime`; it imports nothing of the rest."""

from .functions.expose import expose

__all__ = ["expose"]
