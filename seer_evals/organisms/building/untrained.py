"""Makes a model with an adapter that has learnt nothing, in seconds.

    python -m seer_evals.organisms.building.untrained DIR

For what has to run on a model and does not depend on what it says. Run as a process of its own, since it imports torch.
"""

import sys
from pathlib import Path
from typing import Any

from seer_evals.organisms.building.base import new_model
from seer_evals.organisms.language.tokenizer import new_tokenizer
from seer_evals.organisms.recipe import RECIPES

BASE, ADAPTER = "base", "adapter"
"""Directories that it makes."""


def main() -> int:
    """Writes both in Hugging Face format, with the shape of the built organisms and random weights."""
    import torch
    from peft import LoraConfig, get_peft_model

    directory = Path(sys.argv[1])
    torch.manual_seed(0)
    tokenizer = new_tokenizer()
    model: Any = new_model("llama", RECIPES["llama"].shape, tokenizer)
    model.save_pretrained(directory / BASE)
    tokenizer.save_pretrained(directory / BASE)
    config = LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    get_peft_model(model, config).save_pretrained(directory / ADAPTER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
