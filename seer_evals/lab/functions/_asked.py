"""What functions of scoped sandboxes were asked: the record of what ran, where no kernel of the agent's has a model."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from seer_evals.lab.functions._reception import Call
from seer_evals.runtime.record.lists import Lists

MAX_TEXT = 4 * 2**20
"""Characters of a call in which prompts are looked for."""


@dataclass
class _Function:
    calls: int = 0
    texts: int = 0
    digests: set[str] = field(default_factory=set)
    known: dict[str, set[int]] = field(default_factory=dict)


class Asked:
    """Counts calls that were answered, by function, and the prompts of the agent's files among their arguments."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._functions: dict[tuple[str, str], _Function] = {}

    def note(self, call: Call) -> None:
        """Take in a call."""
        text = json.dumps(call.arguments, ensure_ascii=False, default=str)[:MAX_TEXT].replace('\\"', '"')
        text += call.payload[:MAX_TEXT].decode("utf-8", "replace")
        found = self._lists.within(text)
        to = self._functions.setdefault((call.sandbox, call.function), _Function())
        to.calls += 1
        to.texts += max([1, *map(len, found.values())])
        to.digests.add(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16])
        for name, numbers in found.items():
            to.known.setdefault(name, set()).update(numbers)

    def plain(self) -> list[dict[str, Any]]:
        """The record, in the form that kernels keep it in; `model` is the sandbox."""
        return [
            {
                "model": sandbox,
                "function": function,
                "adapter": "",
                "weights": "loaded",
                "hooks": False,
                "edits": [],
                "passes": each.calls,
                "texts": each.texts,
                "generated": 0,
                "prompts": max([len(each.digests), *map(len, each.known.values())]),
                "of": {name: [len(found), len(self._lists.items[name])] for name, found in each.known.items()},
            }
            for (sandbox, function), each in self._functions.items()
        ]
