"""Costs in words and figures."""

from collections.abc import Iterator
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from seer_evals.costs._costs import FREE, Costs, Group
from seer_evals.plain_text import shown
from seer_evals.sandboxes.modal_gpu import Need

UNKNOWN = "unknown"
_MODELS = "Models by API are not counted."
_SHOWN = 6
"""Things of a kind that are named one by one."""


def as_lines(costs: Costs) -> Iterator[RenderableType]:
    """What to print, from what is started to what is wrong."""
    yield _table(costs)
    yield from _preparation(costs)
    yield from _fetched(costs)
    yield _total(costs)
    if costs.rates and costs.rates.rates:
        yield f"Rates: {costs.rates}. Modal also bills what is used beyond the cores and memory reserved."
    for problem in costs.problems:
        yield Text.assemble(("Problem:", "red"), f" {shown(problem)}")


def _table(costs: Costs) -> Table:
    table = Table("samples", "sandbox", "a sample starts", "GPU, in order", "for at most", "all, at most")
    table.title = costs.task
    for group in costs.groups:
        samples = f"{group.samples} × {group.epochs} epochs" if group.epochs > 1 else str(group.samples)
        table.add_row(samples, group.provider or "none", *_sandboxes(group), dollars(group.at_most))
    return table


def _sandboxes(group: Group) -> tuple[str, str, str]:
    if group.estimate is None:
        return ("1" if group.provider else "0", "", "")
    needs = group.estimate.needs
    names = "\n".join(f"{name}: {need.cpu:g} cores, {_memory(need)}" for name, need in needs)
    return (names, "\n".join(_gpus(need) for _, need in needs), duration(group.estimate.lifetime))


def _gpus(need: Need) -> str:
    number = f"{need.gpu_count} × " if need.gpu_count > 1 else ""
    return number + ", ".join(need.gpus) if need.gpus else "no GPU"


def _memory(need: Need) -> str:
    return f"{need.memory / 1024:g} GiB" if need.memory >= 1024 else f"{need.memory} MiB"


def duration(seconds: int) -> str:
    """Seconds as hours and minutes."""
    hours, rest = divmod(seconds, 3600)
    minutes = f"{rest // 60} min" if rest >= 60 else f"{rest} s" if rest else ""
    return " ".join(part for part in (f"{hours} h" if hours else "", minutes) if part) or "0 s"


def dollars(amount: Decimal | None) -> str:
    """Dollars, rounded up to cents, since it is a bound; unknown is said and is not nothing."""
    return UNKNOWN if amount is None else f"$ {amount.quantize(Decimal('0.01'), rounding='ROUND_UP')}"


def _preparation(costs: Costs) -> Iterator[str]:
    if costs.preparations:
        many = f"{costs.preparations} images" if costs.preparations > 1 else "one image"
        cost = "" if costs.preparing is None else f" {dollars(costs.preparing)} at most,"
        yield f"Before: {many} to prepare, without a GPU,{cost} kept for later runs. Building it is Modal's to bill."


def _fetched(costs: Costs) -> Iterator[str]:
    found = costs.fetched
    for words, names in (
        ("Downloaded", found.downloaded),
        ("Trained on this machine, unless cached", found.built),
        ("Copied from this machine", found.copied),
        ("Installed", found.packages),
    ):
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            yield f"{words}: {', '.join(names[:_SHOWN])}{more}"


def _total(costs: Costs) -> RenderableType:
    if costs.is_free:
        reasons = sorted({FREE[group.provider] for group in costs.groups if group.provider in FREE})
        return f"The sandboxes cost nothing: {', '.join(reasons) or 'there are none'}. {_MODELS}"
    if costs.at_most is not None:
        return Text.assemble((f"At most {dollars(costs.at_most)}", "bold"), f" for sandboxes. {_MODELS}")
    return Text.assemble(("What it costs is unknown", "bold"), f": {shown('; '.join(_reasons(costs)))}. {_MODELS}")


def _reasons(costs: Costs) -> Iterator[str]:
    """Why there is no sum."""
    if others := sorted({str(group.provider) for group in costs.groups if group.estimate is None} - {*FREE, "None"}):
        yield f"nothing is known here of what {', '.join(others)} costs"
    if costs.rates and not costs.rates.rates:
        yield str(costs.rates).removeprefix("unknown: ")
    elif costs.rates and any(group.estimate and group.at_most is None for group in costs.groups):
        yield f"the rates ({costs.rates}) lack one that is needed"
