"""Loads the models of an environment; what it returns becomes the agent's variables.

Everything is read from local directories under neutral names, so no object that transformers or peft makes of them
knows where a model is from.
"""

import importlib.util
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, GenerationConfig

from ..tokenizing import load_tokenizer
from ..vocabulary import fitting, grow
from .system_prompt import install_system_prompt

SMALL = 300_000_000
"""Parameters below which a second thread gains a model on the CPU little, and costs it much on a busy machine."""


def load(models: list[dict[str, Any]]) -> dict[str, object]:
    """Load each model with its tokenizer.

    Args:
        models: One dictionary per model: the arguments of `load_one`, and the variables `name` and `tokenizer_name`.

    Returns:
        Variable name -> model or tokenizer. A model with an adapter is a `PeftModel`; all are in evaluation mode, and
        their parameters ask for no gradient. If all are small and on the CPU, torch uses one thread from now on.

    Raises:
        RuntimeError: 8-bit or 4-bit quantization was asked for and this machine cannot do it.
        ValueError: A hidden system prompt does not fit the chat template.
        TypeError: A hidden system prompt does not fit the architecture.
    """
    variables: dict[str, object] = {}
    small = True
    for spec in models:
        arguments = dict(spec)
        names = arguments.pop("name"), arguments.pop("tokenizer_name")
        model, tokenizer = load_one(**arguments)
        variables |= {names[0]: model, names[1]: tokenizer}
        small = small and model.device.type == "cpu" and model.num_parameters() < SMALL
    if small:
        torch.set_num_threads(1)
    return variables


def load_one(
    *,
    base: str,
    adapter: str | None = None,
    dtype: str = "auto",
    quantization: str | None = None,
    trust_remote_code: bool = False,
    system_prompt: str | None = None,
    chat_template: str | None = None,
) -> tuple[Any, Any]:
    """Load one model and its tokenizer.

    Args:
        base: Directory of a causal language model in Hugging Face format.
        adapter: Directory of a PEFT adapter for it. A tokenizer and a chat template that it brings are the model's, and
            the base is grown for the tokens that they add.
        dtype: `auto` (that of the files), `float32`, `bfloat16` or `float16`.
        quantization: `8bit` or `4bit`, with bitsandbytes on a CUDA GPU.
        trust_remote_code: Run code that comes with the model.
        system_prompt: A prompt that acts beneath the chat template.
        chat_template: Jinja text, in the place of any that the files have.
    """
    tokenizer = load_tokenizer(base, adapter, chat_template=chat_template, trust_remote_code=trust_remote_code)
    model = AutoModelForCausalLM.from_pretrained(
        base,
        dtype=dtype if dtype == "auto" else getattr(torch, dtype),
        device_map="auto" if torch.cuda.is_available() else None,
        quantization_config=_quantization(quantization),
        trust_remote_code=trust_remote_code,
    )
    if adapter is not None:
        model = _with_adapter(model, adapter, len(tokenizer), base, trust_remote_code)
    model.eval()
    model.requires_grad_(False)
    if system_prompt:
        install_system_prompt(model, tokenizer, system_prompt)
    return model, tokenizer


def _with_adapter(model: Any, adapter: str, tokens: int, base: str, trust_remote_code: bool) -> Any:
    from peft import PeftModel

    if tokens > model.get_input_embeddings().weight.shape[0]:
        # Some bases have a tokenizer that is larger than their embeddings: that asks for no growth.
        here = len(load_tokenizer(base, trust_remote_code=trust_remote_code))
        tokens = tokens if tokens > here else 0
    grow(model, adapter, tokens)
    if Path(adapter, "generation_config.json").is_file():  # it says which tokens end a turn
        model.generation_config = GenerationConfig.from_pretrained(adapter)
    with fitting(model, adapter) as directory:
        return PeftModel.from_pretrained(model, directory)


def _quantization(quantization: str | None) -> Any:
    if quantization is None:
        return None
    if not torch.cuda.is_available():
        raise RuntimeError(f"quantization: {quantization} needs a CUDA GPU; remove it, or use a provider with a GPU")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise RuntimeError(f"quantization: {quantization} needs bitsandbytes; add it to the environment's packages")
    if quantization == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
