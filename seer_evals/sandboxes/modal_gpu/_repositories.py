"""Which models of an environment come from the hub straight to Modal, and where they lie in the sandbox."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from seer_evals.environment import IN_KERNEL, Environment, ModelSpec
from seer_evals.runtime.models.files import REMOTE_CODE
from seer_evals.sandboxes._base import Placed

from ._remote import MODELS

_FORMAT = "2"
"""Part of the name of a volume: what was written otherwise, or is of another version, is not taken for it."""
UPLOADED = f"{MODELS}/local"
"""Where models lie that the host has uploaded, if there are others beside them."""


@dataclass(frozen=True)
class Repository:
    """Files of the hub at a commit, as a sandbox is to see them."""

    name: str
    revision: str
    code: tuple[str, ...] = ()
    """Patterns of the code in it that is trusted."""
    known: tuple[str, ...] | None = None
    """What the files must not name; None if nothing is hidden."""

    @property
    def key(self) -> str:
        """What stands for the content of these files."""
        return hashlib.sha256(f"{_FORMAT}{json.dumps(asdict(self))}".encode()).hexdigest()[:32]


def of_model(model: ModelSpec) -> tuple[Repository, ...]:
    """Base and adapter of a model that is on the hub altogether; nothing for any other."""
    if not model.hub or model.adapter_is_local:
        return ()
    code = (REMOTE_CODE,) if model.trust_remote_code else ()
    base = Repository(model.hub, model.revision or "", code, (model.hub,) if model.hidden else None)
    if not model.adapter:
        return (base,)
    known = (model.hub, model.adapter) if model.hidden else None
    return base, Repository(model.adapter, model.adapter_revision or "", (), known)


def in_kernel(environment: Environment) -> Iterator[tuple[str, ModelSpec]]:
    """The models of a sandbox itself, by their neutral names."""
    models = (model for model in environment.models if model.placement == IN_KERNEL)
    yield from ((f"m{number}", model) for number, model in enumerate(models))


def places(environment: Environment) -> dict[Repository, str]:
    """Where each repository is mounted: once, since Modal mounts no volume twice, and two models may share a base."""
    found: dict[Repository, str] = {}
    for name, model in in_kernel(environment):
        for part, repository in zip(("base", "adapter"), of_model(model), strict=False):
            found.setdefault(repository, f"{MODELS}/{name}/{part}")
    return found


def provided(environment: Environment, name: str) -> Placed | None:
    """The model of a name, if it needs no upload."""
    where = places(environment)
    parts = [where[repository] for repository in of_model(dict(in_kernel(environment))[name])]
    return Placed(parts[0], parts[1] if len(parts) > 1 else None) if parts else None


def upload_root(environment: Environment) -> str:
    """The directory of the models that the host uploads; no volume is mounted below another."""
    return UPLOADED if places(environment) else MODELS


def has_uploads(environment: Environment) -> bool:
    """Whether the host uploads any model."""
    return any(not of_model(model) for _, model in in_kernel(environment))
