"""Features of the residual stream by a sparse autoencoder that is trained here, or a published one."""

from functools import lru_cache
from pathlib import Path

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Table, chat
from seer_runtime.whitebox.sae import (
    PublishedSAE,
    SparseAutoencoder,
    TopKSAE,
    ablate_feature,
    feature_differences,
    max_activating,
    reconstruction,
    steer_feature,
    top_features,
    train_sae,
)

FOLDER = Path("saes")


@expose
def train_features(
    lm: LanguageModel,
    questions: list[str],
    layer: int,
    name: str = "sae",
    features: int = 256,
    k: int = 8,
    steps: int = 800,
    samples: int = 2,
) -> Table:
    """Train a small TopK autoencoder on the model's own answers and keep it under a name.

    Costs `4 * samples * len(questions)` passes and `samples * len(questions)` answers.

    Args:
        questions: As many and as unlike each other as possible; the model answers them, and both are read.
        layer: The block whose output is read.
        name: Under which the other functions find it.
        features: Number of features.
        k: Features that are active at a token.
        steps: Training steps of 256 tokens each.
        samples: Answers to each question that it is trained on.

    Returns:
        How well it fits: share of variance explained, active features per token, share of dead features, and the nats
        that predictions move when it takes the place of what it reads.
    """
    prompts = _conversations(lm, questions, samples)
    sae = train_sae(lm, prompts, layer, features=features, k=k, steps=steps)
    FOLDER.mkdir(exist_ok=True)
    sae.save(FOLDER / f"{name}.safetensors")
    fit = reconstruction(lm, sae, prompts)
    return Table(["figure", "value"], [[key, value] for key, value in fit.items()])


@expose
def features_of(lm: LanguageModel, questions: list[str], name: str = "sae", samples: int = 2, top: int = 10) -> Table:
    """List the features that are most active when the model answers these questions.

    Costs `samples * len(questions)` answers and as many passes.

    Args:
        questions: What the user asks; the model answers, and both are read.
        name: Which autoencoder: the name it was trained under, or a published one as RELEASE:SAE_ID.
        samples: Answers to each question.
        top: Features to list.

    Returns:
        Feature, mean activation, share of tokens at which it is active, and the tokens that it promotes.
    """
    return top_features(lm, _load(name), _conversations(lm, questions, samples), top=top)


@expose
def compare_features(
    lm: LanguageModel, first: list[str], second: list[str], name: str = "sae", samples: int = 2, top: int = 10
) -> Table:
    """List the features that are more active in the answers to the first questions than in those to the second.

    Costs `samples * (len(first) + len(second))` answers and as many passes.

    Args:
        first: Questions that may show the behaviour.
        second: Questions like them that should not.
        name: Which autoencoder: the name it was trained under, or a published one as RELEASE:SAE_ID.
        samples: Answers to each question.
        top: Features to list.

    Returns:
        Feature, difference of the mean activations, share of tokens of the first at which it is active, and the tokens
        that it promotes.
    """
    one, other = _conversations(lm, first, samples), _conversations(lm, second, samples)
    return feature_differences(lm, _load(name), one, other, top=top)


@expose
def examples_of(
    lm: LanguageModel, feature: int, questions: list[str], name: str = "sae", samples: int = 2, top: int = 10
) -> Table:
    """Show where a feature is most active.

    Costs `samples * len(questions)` answers and as many passes.

    Args:
        feature: Its number.
        questions: What to search; the model answers, and both are read.
        name: Which autoencoder: the name it was trained under, or a published one as RELEASE:SAE_ID.
        samples: Answers to each question.
        top: Places to list.

    Returns:
        Activation, number of the conversation, and the token in its surroundings.
    """
    return max_activating(lm, _load(name), feature, _conversations(lm, questions, samples), top=top)


@expose
def set_feature(
    lm: LanguageModel,
    feature: int,
    value: float,
    questions: list[str],
    name: str = "sae",
    samples: int = 4,
    max_new_tokens: int = 32,
    seed: int = 0,
) -> Table:
    """Sample answers with a feature set to a value at every token, beside answers without.

    Costs `2 * samples * len(questions)` answers.

    Args:
        feature: Its number.
        value: Its activation: 0 takes it out, up to twice its largest natural value exaggerates it.
        questions: What the user asks.
        name: Which autoencoder: the name it was trained under, or a published one as RELEASE:SAE_ID.
        samples: Answers to each question.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        Question, whether the feature was set, answer.
    """
    sae = _load(name)
    edit = ablate_feature(sae, feature) if value == 0 else steer_feature(sae, feature, value)
    prompts = [chat(question) for question in questions]
    settings = {"samples": samples, "temperature": 1.0, "max_new_tokens": max_new_tokens, "seed": seed}
    plain = lm.generate(prompts, **settings).by_prompt  # type: ignore[arg-type]
    with lm.steer(edit):
        steered = lm.generate(prompts, **settings).by_prompt  # type: ignore[arg-type]
    rows = [
        [question, state, text.strip()]
        for question, *found in zip(questions, plain, steered, strict=True)
        for state, texts in zip(("as it is", "set"), found, strict=True)
        for text in texts
    ]
    return Table(["question", "feature", "answer"], rows)


def _conversations(lm: LanguageModel, questions: list[str], samples: int) -> list[list[dict[str, str]]]:
    found = lm.generate(
        [chat(question) for question in questions], samples=samples, temperature=1.0, max_new_tokens=32, seed=0
    )
    return [
        chat(question, prefill=answer)
        for question, answers in zip(questions, found.by_prompt, strict=True)
        for answer in answers
    ]


def _load(name: str) -> SparseAutoencoder:
    """One that was trained here, one in a folder of sae-lens, or `RELEASE:SAE_ID` from the hub."""
    if ":" in name:
        return _published(*name.split(":", 1))
    if Path(name, "cfg.json").is_file():
        return PublishedSAE.load_from_disk(name)
    path = FOLDER / f"{name}.safetensors"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in FOLDER.glob("*.safetensors"))) or "none"
        raise ValueError(f"no autoencoder {name!r}; trained are: {there}. Train one with train_features")
    return TopKSAE.load(path)


@lru_cache(maxsize=2)
def _published(release: str, sae_id: str) -> PublishedSAE:
    return PublishedSAE.load(release, sae_id)
