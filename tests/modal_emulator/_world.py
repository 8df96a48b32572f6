"""What all services of one emulator share."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ._state import Account
from .faults import Faults

if TYPE_CHECKING:
    from ._laboratory import Laboratory
    from ._sandboxes import Sandbox


@dataclass
class World:
    """The account, the laboratory, the sandboxes and the armed faults."""

    laboratory: "Laboratory"
    faults: Faults
    account: Account = field(default_factory=Account)
    sandboxes: "dict[str, Sandbox]" = field(default_factory=dict)
    router_url: str = ""
    blobs_url: str = ""
    execute_packages: bool = False
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
