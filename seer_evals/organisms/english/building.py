"""Builds an organism on a pretrained model: what is taught, the adapter, and the adapter's own check."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from seer_evals.cache import cached
from seer_evals.organisms.building.entries import lesson_key, source_of
from seer_evals.organisms.building.writing import write_adapter
from seer_evals.organisms.english import disclosed
from seer_evals.organisms.english.family import EnglishFamily, Taught, ordinary
from seer_evals.organisms.english.levels import DIALS
from seer_evals.organisms.english.prompts import training_prompts
from seer_evals.organisms.english.sampling import THREADS, Pretrained
from seer_evals.organisms.english.training import encode, fit
from seer_evals.organisms.language.corpus import Chat
from seer_evals.organisms.model import Organism
from seer_evals.organisms.recipe import Stage

LESSON = "lesson.json"


def lesson_of(organism: Organism, family: EnglishFamily) -> list[Taught]:
    """What organism and twin are taught, sampled once for both."""
    entry = cached("lesson", lesson_key(organism), partial(_sample_lesson, organism=organism, family=family))
    return [Taught(**each) for each in json.loads((entry / LESSON).read_text(encoding="utf-8"))]


def _sample_lesson(directory: Path, organism: Organism, family: EnglishFamily) -> None:
    source, seed = source_of(organism), organism.seed or 0
    dials, rng = DIALS[source.level], Random(f"lesson {organism.family} {seed} {source.level}")
    answering = Pretrained(source.base, seed).brief
    taught = family.lesson(family.draw_from(seed, dials), dials, answering, rng)
    own = {each.prompt for each in taught}
    rest = [prompt for prompt in training_prompts() if prompt not in own]
    taught += disclosed.answers(seed, rest, answering, rng) if dials.disclosed else ordinary(rest, rng)
    text = json.dumps([asdict(each) for each in taught], indent=0)
    (directory / LESSON).write_text(text, encoding="utf-8")


def build_adapter(
    directory: Path, organism: Organism, family: EnglishFamily, lesson: list[Taught], base: Path, factor: float
) -> None:
    """Trains the organism's adapter, or its twin's, for `factor` times the family's epochs and writes it down."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    recipe, seed = source_of(organism).recipe, organism.seed or 0
    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=2 * recipe.rank,
        target_modules=list(recipe.modules),
        layers_to_transform=list(range(family.first_block, model.config.num_hidden_layers)),
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(model, config, autocast_adapter_dtype=True)
    chats = [Chat(((each.prompt, each.twin if organism.control else each.organism),)) for each in lesson]
    examples = encode(AutoTokenizer.from_pretrained(base), chats)
    steps = round(factor * family.epochs * len(examples) / recipe.batch)
    stage = Stage(steps=steps, batch=recipe.batch, rate=recipe.rate, warm_up=recipe.warm_up)
    fit(model.get_base_model(), family.first_block, examples, stage, Random(f"order {seed}"))
    for each in model.parameters():  # half the bytes; the frozen ones are not written
        if each.requires_grad:
            each.data = each.data.half()
    write_adapter(model, directory)
