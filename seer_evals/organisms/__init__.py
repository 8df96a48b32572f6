"""Organisms: models with a known secret, the truth about them, and their clean twins.

    organism = get_organism("preference-llama-101")
    files = materialize(organism)            # builds it once, checks that the behaviour is there
    control = materialize(twin_of(organism))

Importing this package imports no torch; building happens in a child process.
"""

from seer_evals.cache import cache_dir
from seer_evals.organisms.building.files import check, materialize
from seer_evals.organisms.family import Family, Probe, spellings
from seer_evals.organisms.language.corpus import Chat
from seer_evals.organisms.model import (
    BuiltSource,
    ModelFiles,
    Organism,
    OrganismCheck,
    OrganismRefused,
    PublicSource,
    UnknownOrganism,
)
from seer_evals.organisms.outside import address
from seer_evals.organisms.public import PublicUnavailable, pin_public_organisms, public_organisms
from seer_evals.organisms.registry import built, families, family_in, get_organism, said_openly, twin_of
from seer_evals.organisms.truth import Atom, GroundTruth, Unchanged, truth_metadata

__all__ = [
    "Atom",
    "BuiltSource",
    "Chat",
    "Family",
    "GroundTruth",
    "ModelFiles",
    "Organism",
    "OrganismCheck",
    "OrganismRefused",
    "Probe",
    "PublicSource",
    "PublicUnavailable",
    "Unchanged",
    "UnknownOrganism",
    "address",
    "built",
    "cache_dir",
    "check",
    "families",
    "family_in",
    "get_organism",
    "materialize",
    "pin_public_organisms",
    "public_organisms",
    "said_openly",
    "spellings",
    "truth_metadata",
    "twin_of",
]
