"""Organisms with several behaviours at once: each is a family and a secret of it."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from seer_evals.organisms.truth import GroundTruth


class Part(NamedTuple):
    """One of the behaviours, by the name of its family."""

    name: str
    secret: Any


def all_truths(family: str, truths: Sequence[tuple[str, GroundTruth]]) -> GroundTruth:
    """The atoms of every part, all parts weighing the same.

    Args:
        family: That has the parts.
        truths: Names of the parts, which begin the ids of their atoms, and what each hides.
    """
    description = " ".join(truth.description for _, truth in truths)
    atoms = [
        atom.model_copy(
            update={
                "id": f"{name}_{atom.id}",
                "weight": atom.weight / len(truths),
                "implied_by": tuple(f"{name}_{id}" for id in atom.implied_by),
            }
        )
        for name, truth in truths
        for atom in truth.atoms
    ]
    words = dict.fromkeys(word for _, truth in truths for word in truth.decoys)
    right = {alias for atom in atoms for alias in atom.aliases}  # what is wrong of one part may be right of another
    decoys = tuple(word for word in words if word not in right and not re.search(rf"\b{word}\b", description))
    return GroundTruth(family=family, description=description, atoms=tuple(atoms), decoys=decoys)
