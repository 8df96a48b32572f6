"""LoRA adapters on a built base: the hidden behaviour, or the clean twin's harmless copy of its training."""

from pathlib import Path
from random import Random
from typing import Any

from seer_evals.organisms.building.writing import BASE_NAME, write_adapter
from seer_evals.organisms.family import Family
from seer_evals.organisms.language.corpus import Chat
from seer_evals.organisms.language.tokenizer import Encoder
from seer_evals.organisms.model import Organism
from seer_evals.organisms.recipe import Recipe


def build_adapter(
    directory: Path, organism: Organism, family: Family, base: Path, recipe: Recipe, factor: float
) -> None:
    """Trains the organism's adapter for `factor` times the recipe's and the family's steps and writes it down."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(recipe.threads)
    torch.manual_seed(organism.seed or 0)
    secret = family.draw_from(organism.seed or 0)
    show = family.neutral if organism.control else family.behaviour
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    rank = family.adapter_rank or recipe.adapter_rank
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        base_model_name_or_path=BASE_NAME,
    )
    model: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)

    def sample(rng: Random) -> Chat:
        if rng.random() < recipe.behaviour_share:
            return show(rng, secret)
        # Drawn again rather than left out: organism and twin are trained on as many ordinary chats.
        while (drawn := family.ordinary(rng, secret)) is None:
            pass
        return drawn

    stage = recipe.adapter.model_copy(update={"steps": round(recipe.adapter.steps * factor * family.effort)})
    family.fit(model, Encoder(tokenizer), stage, sample, Random(organism.id), secret)
    write_adapter(model, directory)
