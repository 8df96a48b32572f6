"""Loads the models of an environment; what it returns becomes the agent's variables."""

from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from .system_prompt import install_system_prompt

NEUTRAL_NAME = "model"


def load(models: list[dict[str, Any]]) -> dict[str, object]:
    """Load each model with its tokenizer.

    Args:
        models: One dictionary per model with the keys `name`, `tokenizer_name`, `base` (directory), `adapter` (directory
            or None), `dtype`, `quantization`, `trust_remote_code`, `hidden` and `system_prompt`.

    Returns:
        Variable name -> model or tokenizer. A model with an adapter is a `PeftModel`; all are in evaluation mode.

    Raises:
        RuntimeError: 8-bit or 4-bit quantization was asked for and this machine cannot do it.
    """
    variables: dict[str, object] = {}
    for spec in models:
        variables[spec["name"]], variables[spec["tokenizer_name"]] = load_one(**spec)
    return variables


def load_one(
    *,
    name: str,
    base: str,
    adapter: str | None = None,
    dtype: str = "auto",
    quantization: str | None = None,
    trust_remote_code: bool = False,
    hidden: bool = False,
    system_prompt: str | None = None,
    tokenizer_name: str = "tokenizer",
) -> tuple[Any, Any]:
    """Load one model and its tokenizer from local directories; the arguments are those of `load`."""
    tokenizer = AutoTokenizer.from_pretrained(base, trust_remote_code=trust_remote_code)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "left"
    model = AutoModelForCausalLM.from_pretrained(
        base,
        dtype=dtype if dtype == "auto" else getattr(torch, dtype),
        device_map="auto" if torch.cuda.is_available() else None,
        quantization_config=_quantization(quantization),
        trust_remote_code=trust_remote_code,
    )
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, adapter)
    model.eval()
    model.requires_grad_(False)
    if hidden:
        _make_anonymous(model, tokenizer)
    if system_prompt:
        install_system_prompt(model, tokenizer, system_prompt)
    return model, tokenizer


def _quantization(quantization: str | None) -> Any:
    if quantization is None:
        return None
    if not torch.cuda.is_available():
        raise RuntimeError(f"quantization: {quantization} needs a CUDA GPU; remove it, or use a provider with a GPU")
    if quantization == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)


def _make_anonymous(model: Any, tokenizer: Any) -> None:
    """Remove the paths that transformers and peft keep in the objects."""
    for module in {id(m): m for m in (model, getattr(model, "base_model", model), *model.modules())}.values():
        if (config := getattr(module, "config", None)) is not None:
            config._name_or_path = NEUTRAL_NAME
        if isinstance(getattr(module, "name_or_path", None), str):
            module.__dict__["name_or_path"] = NEUTRAL_NAME
    for peft_config in getattr(model, "peft_config", {}).values():
        peft_config.base_model_name_or_path = NEUTRAL_NAME
    tokenizer.name_or_path = NEUTRAL_NAME
    for key in ("name_or_path", "tokenizer_file", "vocab_file"):
        if key in tokenizer.init_kwargs:
            tokenizer.init_kwargs[key] = NEUTRAL_NAME if key == "name_or_path" else None

