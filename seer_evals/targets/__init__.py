"""The model under study as an Inspect model."""

from seer_evals.targets._calls import calls_in
from seer_evals.targets._routes import DEFAULT, Ask, offer_routes, withdraw_routes
from seer_evals.targets.lab import LabModel, TargetError

__all__ = ["DEFAULT", "Ask", "LabModel", "TargetError", "calls_in", "offer_routes", "withdraw_routes"]
