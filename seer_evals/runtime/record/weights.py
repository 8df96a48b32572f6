"""Whether a model's weights are those that it was loaded with, and whether somebody else's hooks are in it."""

from typing import Any

OURS = __name__.rsplit(".record", 1)[0]
"""Hooks of this package are known: the edits among them say themselves what they do."""


SAMPLE = 8192
"""Numbers of each tensor that are compared, evenly spread over it: all of those of a tiny model's."""


class Weights:
    """The weights of a model as it was loaded, to be compared with later ones, or with those of a copy."""

    def __init__(self, model: Any) -> None:
        self._loaded = _sums(model)
        self._hooks = _foreign(model)

    def unchanged(self, model: Any) -> bool:
        """Whether they are the same; who writes through `.data` leaves no other trace than the numbers themselves."""
        return _sums(model) == self._loaded

    def hooked(self, model: Any) -> bool:
        """Whether there is a hook, or a `forward` of its own, that was not there when the model was loaded."""
        return _foreign(model) > self._hooks


def _sums(model: Any) -> list[list[float]]:
    """Of each tensor the sums of two different samples, by device."""
    import torch

    by_device: dict[Any, list[Any]] = {}
    with torch.no_grad():
        for each in model.parameters():
            flat = each.detach().reshape(-1)
            some = flat[:: max(1, len(flat) // SAMPLE)].to(torch.float32)
            by_device.setdefault(each.device, []).extend([some.sum(), (some * some).sum()])
    return [torch.stack(sums).tolist() for sums in by_device.values()]


def _foreign(model: Any) -> int:
    count = 0
    for module in model.modules():
        hooks = [*module._forward_hooks.values(), *module._forward_pre_hooks.values()]
        count += sum(not _module_of(hook).startswith(OURS) for hook in hooks) + ("forward" in vars(module))
    return count


def _module_of(hook: Any) -> str:
    return str(getattr(hook, "__module__", None) or type(hook).__module__)
