"""What is downloaded, built and uploaded before an environment can be had."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seer_evals import organisms
from seer_evals.environment import Environment, ModelSpec


@dataclass(frozen=True)
class Fetched:
    """Things that are not there yet, or not where they are needed."""

    downloaded: tuple[str, ...] = ()
    """Repositories of the hub and of git, at their revisions; those in a cache are not fetched again."""
    built: tuple[str, ...] = ()
    """Organisms that are trained on this machine, unless they are in the cache."""
    copied: tuple[str, ...] = ()
    """Files and directories of this machine."""
    packages: tuple[str, ...] = ()
    """What is installed, beside what a laboratory always has."""


def fetched(environments: Sequence[Environment]) -> Fetched:
    """What environments need together, each thing once."""
    models = [model for environment in environments for model in environment.models]
    repos = [f"{repo.url}@{repo.commit}" for environment in environments for repo in environment.repos]
    files = [file.source for environment in environments for file in environment.files]
    packages = [
        name
        for each in environments
        for name in (*each.system_packages, *each.packages, *(name for one in each.scoped for name in one.packages))
    ]
    return Fetched(
        downloaded=_once([*(name for model in models for name in _repositories(model)), *repos]),
        built=_once([model.organism for model in models if model.organism and not list(_repositories(model))]),
        copied=_once([*(path for model in models for path in _local(model)), *files]),
        packages=_once(packages),
    )


def _once(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _repositories(model: ModelSpec) -> Iterator[str]:
    if model.organism:
        source = organisms.get_organism(model.organism).source
        if source.kind == "public":
            yield _at(source.base, source.base_revision)
            if source.adapter:
                yield _at(source.adapter, source.revision)
    if model.hub:
        yield _at(model.hub, model.revision)
    if model.adapter and not model.adapter_is_local:
        yield _at(model.adapter, model.adapter_revision)


def _local(model: ModelSpec) -> Iterator[str]:
    if source := model.path or model.gguf:
        yield source
    if model.adapter and model.adapter_is_local:
        yield model.adapter


def _at(repository: str, revision: str | None) -> str:
    return f"{repository}@{revision}" if revision else f"{repository}, at whatever commit it has then"
