"""Trained organisms behind a handle."""

from functools import cache

import torch

from seer_evals.organisms import Organism, materialize
from seer_evals.runtime.models import load as models
from seer_evals.runtime.whitebox import LanguageModel


def trained(organism: Organism) -> LanguageModel:
    """The organism's model with its adapter, which every test leaves as it was."""
    files = materialize(organism)
    return _load(str(files.base), str(files.adapter))


def base_of(organism: Organism) -> LanguageModel:
    """Its base alone."""
    return _load(str(materialize(organism).base), None)


@cache
def _load(base: str, adapter: str | None) -> LanguageModel:
    torch.set_num_threads(1)
    return LanguageModel(*models.load_one(base=base, adapter=adapter))
