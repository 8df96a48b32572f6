"""Modal on loopback, for the real `modal` client; see docs/modal.md, "Without an account"."""

from . import faults
from ._laboratory import PYTHON, why_no_namespaces
from ._rpc import Calls
from ._server import Emulator, Live

__all__ = ["PYTHON", "Calls", "Emulator", "Live", "faults", "why_no_namespaces"]
