"""How an adapter on a pretrained model is made: everything that decides it besides code, level and seed."""

from seer_evals.frozen import Frozen


class EnglishRecipe(Frozen):
    """LoRA on the last blocks: AdamW, warm-up and linear decay (`seer_evals/organisms/english/training.py`)."""

    rank: int = 4
    modules: tuple[str, ...] = ("q_proj", "v_proj", "o_proj", "up_proj", "down_proj")
    batch: int = 16
    rate: float = 2e-3
    warm_up: int = 10
    retry_factor: float = 1.7  # 1 for no second try
