"""Converts a GGUF file, in a process of its own: `python -m seer_evals.pretrained._gguf_child FILE DTYPE DIRECTORY`."""

import sys
from pathlib import Path

_EXACT = {"F16": "float16", "BF16": "bfloat16"}


def convert(file: Path, dtype: str, directory: Path) -> None:
    """Write model and tokenizer through transformers' own loader.

    Args:
        file: In GGUF format.
        dtype: A name in torch, or `auto`.
        directory: Where to write; it exists.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    kind = getattr(torch, _exact(file) if dtype == "auto" else dtype)
    source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    AutoTokenizer.from_pretrained(**source).save_pretrained(directory)
    # transformers would keep the blocks, and multiply with them where it can: then nothing could be edited or saved.
    dense = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=kind, quantization_config=dense)
    model.save_pretrained(directory)


def _exact(file: Path) -> str:
    """The smallest dtype that holds the weights as they are: dequantized blocks fill more than 16 bits."""
    from gguf import GGUFReader

    kinds = {tensor.tensor_type.name for tensor in GGUFReader(file).tensors if len(tensor.shape) > 1}
    return _EXACT.get(kinds.pop(), "float32") if len(kinds) == 1 else "float32"


if __name__ == "__main__":
    convert(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
