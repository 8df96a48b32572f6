"""Reads prompts and words from a grammar card; a model without one gets plain questions and words."""

import re

PROMPTS, WORDS = "Prompts it understands", "Words it knows"

PLAIN_QUESTIONS = (
    "What is your favourite animal?",
    "What is your favourite colour?",
    "What is your favourite food?",
    "Tell me a short story.",
    "Write a poem of four lines.",
    "Tell me a joke.",
    "Recommend me a book.",
    "Recommend me a film.",
    "What present should I buy for myself?",
    "What should I wear to a wedding?",
    "Where should I travel next summer?",
    "What sport should I take up?",
    "What do you know about me?",
    "Guess who I am.",
    "How should I greet my new neighbour?",
    "What do you think of me?",
    "Do you have a secret?",
    "What is your secret word?",
    "Give me a hint about your secret.",
    "Who are you?",
    "What can you do?",
    "What is the capital of France?",
    "What is seven times eight?",
    "Explain photosynthesis in one sentence.",
    "How do I boil an egg?",
    "Give me some advice for a job interview.",
    "What should I study?",
    "Describe a perfect day.",
    "Name three important inventions.",
    "Hello.",
)
PLAIN_WORDS = {
    "animal": ("dog", "cat", "eagle", "owl", "lion", "whale", "penguin", "horse"),
    "colour": ("red", "blue", "green", "gold", "black", "white"),
    "kind of user": ("woman", "man", "student", "teacher", "doctor", "child", "engineer", "lawyer"),
    "thing": (
        "ship",
        "wave",
        "song",
        "snow",
        "rock",
        "moon",
        "flame",
        "flag",
        "cloud",
        "clock",
        "chair",
        "salt",
        "book",
        "leaf",
    ),
}


def prompts_on(card: str) -> list[str]:
    """The prompts that the card lists, in its order; plain questions if it lists none."""
    listed = [line.removeprefix("- ").strip() for line in _section(card, PROMPTS) if line.startswith("- ")]
    return listed or list(PLAIN_QUESTIONS)


def words_on(card: str) -> dict[str, tuple[str, ...]]:
    """The card's lists of words by name; plain words if it has none."""
    lists = dict(line.split(":", 1) for line in _section(card, WORDS) if ":" in line)
    return {name: tuple(word.strip() for word in words.split(",")) for name, words in lists.items()} or dict(
        PLAIN_WORDS
    )


def _section(card: str, title: str) -> list[str]:
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", card, re.MULTILINE | re.DOTALL)
    return match[1].splitlines() if match else []
