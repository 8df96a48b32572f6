"""Everything that would keep an environment from running on Modal, found before anything is started there."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import anyio

from seer_evals.environment import Environment, ModelSpec
from seer_evals.pretrained import NotInstalled, installed
from seer_evals.refusal import Refusal

from . import _apps, _budget, _cost, _secrets, _validate

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SECONDS = 30


async def preflight(environment: Environment) -> None:
    """Check an environment and the account, and know the rates from then on.

    Raises:
        Refusal: It cannot run; the message lists every reason.
    """
    if found := await problems(environment):
        listed = "\n".join(f"- {problem}" for problem in found)
        raise Refusal(f"this environment cannot run on Modal:\n{listed}")


async def problems(*environments: Environment) -> list[str]:
    """All that is wrong, each with what to do and said once; nothing is started and nothing is created."""
    found = [problem for each in environments for problem in (*_validate.problems(each), *weights(each))]
    found += [problem async for problem in _account(environments)]
    return list(dict.fromkeys([*found, *await _money(environments)]))


def weights(environment: Environment) -> Iterator[str]:
    """What is wrong with the models, as far as that can be known without asking a hub."""
    for model in environment.models:
        for problem in (*_pinned(model), *_found(model)):
            yield f"model {model.name!r}: {problem}"


def _pinned(model: ModelSpec) -> Iterator[str]:
    repositories = [("revision", model.hub, model.revision)]
    if model.adapter and not model.adapter_is_local:
        repositories.append(("adapter_revision", model.adapter, model.adapter_revision))
    for field, repository, revision in repositories:
        if repository and not _COMMIT.fullmatch(revision or ""):
            has = f"{revision!r} can move" if revision else "it has none"
            yield f"{repository} must be pinned by {field}, a commit of 40 hex digits; {has}"


def _found(model: ModelSpec) -> Iterator[str]:
    if model.path:
        folder = Path(model.path).expanduser()
        if (folder / "adapter_config.json").is_file() and not (folder / "config.json").is_file():
            yield f"{model.path} is an adapter without a base: give it as `adapter`, and its base as `path` or `hub`"
        elif not (folder / "config.json").is_file():
            yield f"there is no model at {model.path}: no config.json"
    if model.base:
        try:
            installed(model.base)
        except (ValueError, NotInstalled) as error:
            yield str(error)
    if model.gguf and not Path(model.gguf).expanduser().is_file():
        yield f"there is no GGUF file at {model.gguf}"
    if model.adapter and model.adapter_is_local:
        folder = Path(model.adapter).expanduser()
        if not (folder / "adapter_config.json").is_file():
            yield f"there is no adapter at {model.adapter}: no adapter_config.json"


async def _account(environments: Sequence[Environment]) -> AsyncIterator[str]:
    """What Modal says to this token: by questions only."""
    import modal
    from modal.config import config

    if not config.get("token_id") or not config.get("token_secret"):
        return
    try:
        with anyio.fail_after(_SECONDS):
            await modal.Workspace.from_context().hydrate.aio()
            await _may_use_apps()
            missing = [problem async for problem in _secrets.missing(environments)]
    except modal.exception.AuthError as error:
        yield f"Modal does not accept the token {config.get('token_id')}: {_words(error)}; run `modal setup`"
    except modal.exception.PermissionDeniedError as error:
        yield f"this Modal token lacks a permission: {_words(error)}; ask the owner of the workspace for it"
    except (modal.exception.Error, OSError) as error:
        yield f"Modal cannot be asked at {config.get('server_url')}: {_words(error)}"
    else:
        for problem in missing:
            yield problem


async def _may_use_apps() -> None:
    import modal

    try:
        await modal.App.lookup.aio(_apps.PREPARATION)
    except modal.exception.NotFoundError:
        # It is made when there is something to prepare.
        return


def _words(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__


async def _money(environments: Sequence[Environment]) -> list[str]:
    """Whether a budget is set that can be kept."""
    try:
        budget = await _budget.begin()
        if budget.limit is None:
            return []
        for need in (need for each in environments for need in _cost.needs(each).values()):
            budget.check(need)
    except (ValueError, _budget.BudgetSpent) as error:
        return [str(error)]
    return []
