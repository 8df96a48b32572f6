"""`modal_gpu`: Inspect sandboxes on Modal, with or without GPUs, that end when nobody needs them any more."""

from ._cost import Need
from ._estimate import Estimate, estimate, preparing, to_prepare
from ._preflight import problems
from ._rates import Rates
from ._rates import current as current_rates
from ._sandbox import ModalSandbox, environment_from

__all__ = [
    "Estimate",
    "ModalSandbox",
    "Need",
    "Rates",
    "current_rates",
    "environment_from",
    "estimate",
    "preparing",
    "problems",
    "to_prepare",
]
