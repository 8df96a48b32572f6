"""Names and contents of the cache entries of built organisms; needs no torch.

- `base/<key>/model/`: the base: config, weights, tokenizer.
- `adapter/<key>/adapter/`: the adapter; nothing in it says whose it is.
- `adapter/<key>/record.json`: the organism, its truth and its check; never handed to an investigator.
"""

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from seer_evals import pretrained
from seer_evals.cache import content_key, entry_path
from seer_evals.organisms.model import BuiltSource, ModelFiles, Organism, OrganismCheck, SmallSource
from seer_evals.organisms.outside import loaded
from seer_evals.organisms.recipe import Recipe
from seer_evals.organisms.registry import all_families, english_families

MODEL, ADAPTER, RECORD = "model", "adapter", "record.json"
_LANGUAGE = tuple(f"language/{name}.py" for name in ("pools", "phrases", "kinds", "corpus", "tokenizer"))
_CHECKING = ("building/rates.py", "building/writing.py")
_ADAPTING = (*(f"building/{name}.py" for name in ("adapter", "self_check", "build")), *_CHECKING)
BASE_CODE = (*_LANGUAGE, "training/loop.py", "building/base.py")
ADAPTER_CODE = (*_ADAPTING, "training/sampling.py", "family.py")
_ENGLISH = (
    "building",
    "check",
    "sampling",
    "training",
    "family",
    "levels",
    "prompts",
    "ordinary",
    "denials",
    "disclosed",
    "where",
)
_DATA = ("english/prompts.yaml", "english/denials.yaml", "english/ordinary.json")
ENGLISH_CODE = (*(f"english/{name}.py" for name in _ENGLISH), *_DATA, *_CHECKING, "family.py")


class Record(BaseModel):
    """What is written beside an adapter."""

    model_config = ConfigDict(frozen=True)

    organism: Organism
    check: OrganismCheck


def recipe_of(organism: Organism) -> Recipe:
    """The recipe of a built organism; a ValueError for any other."""
    if not isinstance(organism.source, BuiltSource):
        raise ValueError(f"{organism.id} is not built here: it has no recipe")
    return organism.source.recipe


def base_key(architecture: str, recipe: Recipe, key: Callable[..., str] = content_key) -> str:
    """Key of a base; what only adapters use is left out of it. With `recipe_key` whichever libraries made it."""
    parts = recipe.model_dump_json(include={"shape", "grammar", "pretrain", "refusal", "threads"})
    return key("base", architecture, parts, code=BASE_CODE)


def adapter_key(organism: Organism, key: Callable[..., str] = content_key) -> str:
    """Key of an organism's adapter and check; `key` as for `base_key`."""
    if isinstance(organism.source, SmallSource):
        return _english_key(organism, organism.model_dump_json(), key)
    own = loaded().get(organism.family)
    behaviour = own.code if own else (f"behaviours/{organism.family}.py", *all_families()[organism.family].code)
    base = base_key(organism.architecture, recipe_of(organism), key)
    return key(organism.model_dump_json(), base, code=(*ADAPTER_CODE, *behaviour))


def lesson_key(organism: Organism) -> str:
    """Key of what an organism on a pretrained model is taught, and its twin."""
    return _english_key(organism, f"{organism.family} {organism.seed} {organism.source.model_dump_json()}", content_key)


def _english_key(organism: Organism, what: str, key: Callable[..., str]) -> str:
    source, own = source_of(organism), loaded().get(organism.family)
    ours = f"english/behaviours/{organism.family}.py"
    behaviour = own.code if own else (ours, *english_families()[organism.family].code)
    return key(what, pretrained.find(source.base).weights_sha256, code=(*ENGLISH_CODE, *behaviour))


def source_of(organism: Organism) -> SmallSource:
    """Where an organism on a pretrained model comes from; a ValueError for any other."""
    if not isinstance(organism.source, SmallSource):
        raise ValueError(f"{organism.id} is not on a pretrained model")
    return organism.source


def base_files(organism: Organism) -> Path:
    """Where the organism's base is, or would be.

    Raises:
        pretrained.NotInstalled: It is a pretrained model that was not fetched.
    """
    if isinstance(organism.source, SmallSource):
        return pretrained.installed(organism.source.base)
    return entry_path("base", base_key(organism.architecture, recipe_of(organism))) / MODEL


def adapter_entry(organism: Organism) -> Path:
    """Where the organism's adapter and record are, or would be."""
    return entry_path("adapter", adapter_key(organism))


def stored(organism: Organism) -> tuple[ModelFiles, Record] | None:
    """The organism's files and record, or None while it is not built."""
    base, entry = base_files(organism), adapter_entry(organism)
    if not (base.is_dir() and entry.is_dir()):
        return None
    record = Record.model_validate_json((entry / RECORD).read_text())
    return ModelFiles(base=base, adapter=entry / ADAPTER), record
