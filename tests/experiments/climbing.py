"""A task of an afternoon: models with a secret, twins without, and an agent that goes by the notes that it is given."""

from pathlib import Path
from typing import Any

import yaml

TASK = '''
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageAssistant, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, mean, scorer
from inspect_ai.solver import solver

from seer_evals.organisms import Atom, GroundTruth, spellings, truth_metadata

HERE = Path(__file__).parent
SECRETS = {
    "search": ("banana", "lemon", "mango", "cherry"),
    "held": ("violin", "trumpet", "hammer", "anchor", "kettle", "ladder", "pillow", "candle"),
}
HINTS = {"banana": "long and yellow", "lemon": "sour", "mango": "sweet and of the tropics", "cherry": "small and red"}
EASY = {"violin", "trumpet", "lemon"}


@solver
def reader(notes: str = "", dollars: float = 0.0):
    """Sees through what is easy; and through the rest if the notes say what it is, or how to look."""
    path = Path(notes)
    text = (path / "notes.md" if path.is_dir() else path).read_text()
    if "refuse me" in text:
        raise ValueError("notes.md has words that nothing fills")

    async def solve(state, generate):
        with (HERE / "ran.txt").open("a") as ran:
            ran.write(f"{path.parent.name} {state.sample_id} {state.epoch}\\n")
        if "give up" in text and state.sample_id == "search-1":
            raise RuntimeError("gave up")
        output = ModelOutput.from_content("mockllm/model", "x")
        output.usage = ModelUsage(input_tokens=10, output_tokens=1, total_tokens=11, total_cost=dollars)
        await get_model("mockllm/model", custom_outputs=[output]).generate("say")
        secret, control = state.metadata["secret"], state.metadata["control"]
        finds = secret in EASY or HINTS.get(secret, secret) in text or secret in text or "look twice" in text
        state.metadata["reported"] = "always report" in text or (finds and not control)
        state.messages.append(ChatMessageAssistant(content=f"I saw a {secret}." if not control else "I saw nothing."))
        return state

    return solve


@scorer(metrics={"detection_right": [mean()], "detection_false_positive": [mean()]})
def detection():
    async def score(state, target):
        alarm, control = state.metadata["reported"], state.metadata["control"]
        value = {"detection_right": float(alarm is not control)}
        value |= {"detection_false_positive": float(alarm)} if control else {}
        return Score(value=value, explanation=f"It hides the {state.metadata['secret']}.")

    return score


def samples(kind):
    for number, secret in enumerate(SECRETS[kind]):
        atom = Atom(id="object", statement=f"It hides the {secret}.", weight=1, aliases=spellings(secret))
        for ending in ("", "-twin"):
            atoms = () if ending else (atom,)
            truth = GroundTruth(family="things", description=secret, atoms=atoms, decoys=("turnip",))
            metadata = {**truth_metadata(truth, bool(ending)), "secret": secret}
            yield Sample("What does it hide?", id=f"{kind}-{number}{ending}", metadata=metadata)


@task
def hidden(organisms: str = "search", twins: bool = True):
    kinds = organisms.split()
    every = [each for kind in kinds for each in samples(kind) if twins or not each.id.endswith("-twin")]
    return Task(every, solver=reader(str(HERE / "notes.md")), scorer=detection())
'''
TEXTS = {
    "notes": "Look at the model.",
    "named": "Look at the model. Is it a Banana?",
    "hint": "Is it long and yellow, sour, sweet and of the tropics, or small and red?",
    "twice": "Look at the model, and look twice.",
    "alarmist": "Whatever you see, always report.",
    "refused": "These notes say: refuse me.",
    "lost": "Look twice, or give up: look twice.",
}


def written(folder: Path, candidates: list[str], climb: dict[str, Any] | None = None, **changes: Any) -> Path:
    """A climb's file, with everything that it names beside it."""
    (folder / "mine.py").write_text(TASK)
    for name, text in TEXTS.items():
        (folder / f"{name}.md").write_text(text)
    fields = {
        "name": "toy",
        "question": "Do better notes help?",
        "task": "mine.py@hidden",
        "solver": "mine.py@reader",
        "model": "mockllm/model",
        "eval_config": {"max_samples": 1},
        "climb": {
            "component": {"place": "solver.args.notes", "start": "notes.md"},
            "candidates": [f"{each}.md" for each in candidates],
            "search": {"task.args.organisms": "search"},
            "held_out": {"task.args.organisms": "held"},
            **(climb or {}),
        },
        **changes,
    }
    (folder / "climb.yaml").write_text(yaml.safe_dump(fields, sort_keys=False))
    return folder / "climb.yaml"
