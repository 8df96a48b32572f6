"""What Modal charges per hour: asked from Modal, else read from a file of the user's, else unknown. Never guessed."""

import datetime
import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import anyio
import yaml
from pydantic import Field, ValidationError

from seer_evals.frozen import Frozen

from ._gpus import GPUS

VARIABLE = "SEER_MODAL_RATES"
FILE = Path("~/.config/seer/modal_rates.yaml")
API = "Modal, for this workspace"
# What is sold to sandboxes has rates of its own, which are higher than those of functions.
_CPU = "cpu_hour_cost_sandbox"
_MEMORY = "mem_gib_hour_cost_sandbox"
_GPU = "gpu_hour_cost_{}"
_SECONDS = 20


class Rates(Frozen):
    """Dollars per hour, by Modal's own names: what `modal billing rates --json` prints.

    Modal does not document the names; one that is not there is a rate that is not known.
    """

    date: datetime.date | None = None
    """The day on which the rates were these."""
    source: str = Field(min_length=1)
    rates: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(default_factory=dict)

    def cpu(self) -> Decimal | None:
        """Dollars per hour for a physical core of a sandbox."""
        return self.rates.get(_CPU)

    def memory(self) -> Decimal | None:
        """Dollars per hour for a GiB of a sandbox."""
        return self.rates.get(_MEMORY)

    def gpu(self, kind: str) -> Decimal | None:
        """Dollars per hour for one GPU of a type."""
        known = GPUS.get(kind.upper().partition(":")[0])
        return self.rates.get(_GPU.format(known.rate)) if known else None

    def __str__(self) -> str:
        return f"{self.source}, {self.date}" if self.date else self.source


def unknown(why: str) -> Rates:
    """No rates at all."""
    return Rates(source=f"unknown: {why}")


async def current() -> Rates:
    """The rates that hold now, as far as they can be known.

    Raises:
        ValueError: There is a file of rates, but it is wrong.
    """
    asked, why = await _asked()
    return asked or _from_file() or unknown(f"{why}, and there is no {_file()}")


async def from_modal() -> Rates:
    """Ask Modal for the rates of this workspace.

    Raises:
        modal.exception.Error: Modal does not answer, or does not tell this token.
    """
    import modal

    found = await modal.Workspace.from_context().billing.rates.aio()
    return Rates(date=datetime.datetime.now(datetime.UTC).date(), source=API, rates=dict(found))


async def _asked() -> tuple[Rates | None, str]:
    from modal.config import config
    from modal.exception import Error

    if not config.get("token_id"):
        return None, "there is no Modal token to ask with"
    try:
        with anyio.fail_after(_SECONDS):
            return await from_modal(), ""
    except (Error, OSError, ValidationError) as error:
        return None, f"Modal did not say ({type(error).__name__}: {str(error).strip() or 'no answer'})"


def _file() -> Path:
    return Path(os.environ.get(VARIABLE) or FILE).expanduser()


def _from_file() -> Rates | None:
    path = _file()
    if not path.exists() and VARIABLE not in os.environ:
        return None
    try:
        return read(path)
    except OSError as error:
        raise ValueError(f"{VARIABLE} names {path}, which cannot be read: {error.strerror}") from error


def read(path: Path) -> Rates:
    """Read rates from a YAML file with `date`, `source` and `rates`.

    Raises:
        ValueError: It is not one, with what is wrong.
        OSError: It cannot be read.
    """
    try:
        found = Rates.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        wanted = "`date`, `source` and `rates`, a mapping as `modal billing rates --json` prints it"
        raise ValueError(f"the rates in {path} cannot be used; it needs {wanted}: {error}") from error
    if found.date is None:
        raise ValueError(f"the rates in {path} have no date: add the day on which they held, such as date: 2026-11-20")
    return found
