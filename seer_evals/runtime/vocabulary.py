"""Embeddings with a row for every token that an adapter was trained with: the base is grown for it, never shrunk."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

_HOLDERS = ("", "base_layer.", "original_module.", "modules_to_save.", "token_adapter.base_layer.")
_BY_ROWS = {f"{holder}{name}" for holder in _HOLDERS for name in ("weight", "bias")}
_HEAD_BY_ROWS = ("lora_B.weight", "lora_magnitude_vector", "lora_magnitude_vector.weight")
_BY_COLUMNS = ("lora_embedding_A",)


def grow(model: Any, adapter: str, tokens: int) -> None:
    """Give the base as many rows as the adapter was trained with; new ones are the mean of those there are.

    Args:
        model: The base, without the adapter; changed.
        adapter: Directory of the adapter.
        tokens: Of its tokenizer; what its own embeddings say, if it has any, comes first.
    """
    saved = [shape[dimension] for dimension, shape in _saved(model, adapter).values()]
    config = json.loads(Path(adapter, "adapter_config.json").read_text(encoding="utf-8"))
    needed = max(saved) if saved else max(tokens, _trained(config))
    have = int(model.get_input_embeddings().weight.shape[0])
    if needed <= have:
        return
    # Its own way to a mean takes the covariance of all embeddings, minutes for a large model, and draws at random.
    model.resize_token_embeddings(needed, mean_resizing=False)
    for parameter in _tables(model):
        parameter.data[have:] = parameter.data[:have].float().mean(dim=0).to(parameter.dtype)


@contextmanager
def fitting(model: Any, adapter: str) -> Iterator[str]:
    """The directory of the adapter, or of a copy with the base's rows for tokens that its own embeddings lack.

    Raises:
        ValueError: It has DoRA on such embeddings, whose norm is taken over all rows.
    """
    rows = int(model.get_input_embeddings().weight.shape[0])
    short = {key: dimension for key, (dimension, shape) in _saved(model, adapter).items() if shape[dimension] < rows}
    if not short:
        yield adapter
        return
    shapes = _shapes(Path(adapter))
    if any("lora_embedding_" in key for key in short) and any("magnitude" in key for key in shapes):
        raise ValueError(
            f"the adapter has DoRA on an embedding of {max(shapes[key][short[key]] for key in short)} tokens, and "
            f"its base has {rows}: it cannot act there as it was trained; give a base with as many"
        )
    from peft.utils.save_and_load import load_peft_weights
    from safetensors.torch import save_file

    with tempfile.TemporaryDirectory() as folder:
        tensors = load_peft_weights(adapter, device="cpu")
        for key, dimension in short.items():
            tensors[key] = _padded(model, key, tensors[key], dimension, rows)
        save_file(
            {key: tensor.contiguous() for key, tensor in tensors.items()}, Path(folder, "adapter_model.safetensors")
        )
        shutil.copyfile(Path(adapter, "adapter_config.json"), Path(folder, "adapter_config.json"))
        yield folder


def _padded(model: Any, key: str, tensor: torch.Tensor, dimension: int, rows: int) -> torch.Tensor:
    """With what leaves the base as it is for the further tokens."""
    missing = rows - tensor.shape[dimension]
    module = next(module for name, module in _modules(model) if key.startswith(f"base_model.model.{name}."))
    if key.endswith("bias"):
        rest = module.bias.data[-missing:]
    elif "magnitude" in key:
        rest = module.weight.data[-missing:].float().norm(dim=1)
    elif "lora_" in key:
        shape = list(tensor.shape)
        shape[dimension] = missing
        rest = torch.zeros(shape)
    else:
        rest = module.weight.data[-missing:]
    return torch.cat([tensor, rest.to(tensor.device, tensor.dtype)], dim=dimension)


def _modules(model: Any) -> list[tuple[str, Any]]:
    """Input embeddings and head, with their names in the base."""
    wanted = [model.get_input_embeddings(), model.get_output_embeddings()]
    return [(name, module) for name, module in model.named_modules() if any(module is each for each in wanted)]


def _tables(model: Any) -> Iterator[Any]:
    """Their parameters, each once."""
    found = {id(p): p for _, module in _modules(model) for p in (module.weight, getattr(module, "bias", None))}
    yield from (parameter for parameter in found.values() if parameter is not None)


def _saved(model: Any, adapter: str) -> dict[str, tuple[int, tuple[int, ...]]]:
    """The adapter's tensors with a row or column for each token: key -> that dimension, and the shape."""
    head = model.get_output_embeddings()
    found = {}
    for key, shape in _shapes(Path(adapter)).items():
        for name, module in _modules(model):
            begin = f"base_model.model.{name}."
            part = key.removeprefix(begin) if key.startswith(begin) else ""
            if part in _BY_COLUMNS:
                found[key] = 1, shape
            elif part in _BY_ROWS or (module is head and part in _HEAD_BY_ROWS):
                found[key] = 0, shape
    return found


def _shapes(adapter: Path) -> dict[str, tuple[int, ...]]:
    file = adapter / "adapter_model.safetensors"
    if not file.is_file():
        tensors = torch.load(adapter / "adapter_model.bin", map_location="cpu", weights_only=True, mmap=True)
        return {key: tuple(tensor.shape) for key, tensor in tensors.items()}
    from safetensors import safe_open

    with safe_open(file, framework="pt") as tensors:
        return {key: tuple(tensors.get_slice(key).get_shape()) for key in tensors.keys()}  # noqa: SIM118 - no mapping


def _trained(config: dict[str, Any]) -> int:
    """Tokens up to the last one that is trained by itself."""
    indices = config.get("trainable_token_indices") or config.get("token_indices") or []
    lists = indices.values() if isinstance(indices, dict) else [indices]
    return max((int(index) + 1 for each in lists for index in each), default=0)
