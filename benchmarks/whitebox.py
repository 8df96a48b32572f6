"""What the white-box layer costs beside raw hooks, `output_hidden_states` and nnsight: `python -m benchmarks whitebox`.

All of them read from strings to tensors, in turns, with the same work in each turn. nnsight works in a process of its
own, since it changes the one that imports it. `--gpu` measures a random model of the size of an 8-billion one.
"""

import argparse
import gc
import multiprocessing
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks._report import show

NEW_TOKENS = 16
WARM_UP = 3
PROMPTS = [f"{'Hello, ' * (i % 3)}what is your favourite animal, and what is the capital of France?" for i in range(16)]


@dataclass(frozen=True)
class Size:
    """A Llama with random weights, and how often it is measured."""

    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    calls: int
    vocabulary: int | None = None
    gpu: bool = False

    @property
    def name(self) -> str:
        """As in the tables."""
        return f"Llama {self.layers}x{self.width}" + (" in bfloat16 on a GPU" if self.gpu else "")


SMALL = Size(4, 128, 256, 4, 2, calls=61)
LARGE = Size(8, 512, 1024, 8, 4, calls=15)
HUGE = Size(32, 4096, 14336, 32, 8, calls=15, vocabulary=128_256, gpu=True)

Work = Callable[[], Any]


def load(size: Size) -> tuple[Any, Any]:
    """The model and a tokenizer, the same in every process."""
    import torch
    import transformers

    from seer_evals.organisms.language.tokenizer import new_tokenizer

    torch.set_num_threads(1)
    torch.manual_seed(0)
    tokenizer = new_tokenizer()
    tokenizer.padding_side = "left"
    config = transformers.LlamaConfig(
        vocab_size=size.vocabulary or len(tokenizer),
        hidden_size=size.width,
        intermediate_size=size.feed_forward,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.kv_heads,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        dtype=torch.bfloat16 if size.gpu else torch.float32,
    )
    with torch.device("cuda" if size.gpu else "cpu"):
        model = transformers.AutoModelForCausalLM.from_config(config).eval()
    return model, tokenizer


class Raw:
    """What one writes by hand: hooks around the model and `model.generate`."""

    def __init__(self, size: Size) -> None:
        import torch

        self.torch, self.size = torch, size
        self.model, self.tokenizer = load(size)
        self.vector = torch.full((size.width,), 0.01, device=self.model.device, dtype=self.model.dtype)

    def inputs(self) -> dict[str, Any]:
        """The prompts as the model takes them."""
        found = self.tokenizer(PROMPTS, padding=True, return_tensors="pt").to(self.model.device)
        return {"input_ids": found["input_ids"], "attention_mask": found["attention_mask"]}

    def read(self, layer: int, *, early: bool = False) -> Any:
        """The last token's activations at one layer, `[prompt, d]`."""
        found = {}

        class Enough(Exception):
            pass

        def hook(module: Any, args: Any, output: Any) -> None:
            found["value"] = output[:, -1].detach().float().cpu()
            if early:
                raise Enough

        handle = self.model.model.layers[layer].register_forward_hook(hook)
        inputs = self.inputs()
        positions = (inputs["attention_mask"].cumsum(1) - 1).clamp(min=0)
        try:
            with self.torch.no_grad():
                self.model(**inputs, position_ids=positions, use_cache=False, logits_to_keep=1)
        except Enough:
            pass
        finally:
            handle.remove()
        return found["value"]

    def hidden_states(self, layer: int) -> Any:
        """The same by way of the library."""
        inputs = self.inputs()
        with self.torch.no_grad():
            out = self.model(**inputs, output_hidden_states=True, use_cache=False, logits_to_keep=1)
        return out.hidden_states[layer + 1][:, -1].float().cpu()

    def generate(self, layer: int) -> list[str]:
        """Steered texts."""

        def hook(module: Any, args: Any, output: Any) -> Any:
            return output + self.vector

        handle = self.model.model.layers[layer].register_forward_hook(hook)
        inputs = self.inputs()
        try:
            out = self.model.generate(**inputs, max_new_tokens=NEW_TOKENS, do_sample=False)
        finally:
            handle.remove()
        texts: list[str] = self.tokenizer.batch_decode(out[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        return texts


def ours(raw: Raw, layer: int) -> tuple[Callable[..., Any], Work]:
    """Reading and steered generation with our layer, on the same model."""
    from seer_evals.runtime.whitebox import Add, LanguageModel

    lm = LanguageModel(raw.model, raw.tokenizer)
    edit = Add(layer=layer, vector=raw.vector)

    def generate() -> list[str]:
        with lm.steer(edit):
            return lm.generate(PROMPTS, max_new_tokens=NEW_TOKENS).texts

    return lambda number=layer: lm.activations(PROMPTS, number).tensor[:, 0], generate


def nnsight_worker(size: Size, layer: int, connection: Connection) -> None:
    """Measures whatever it is asked for, until it is asked for nothing."""
    import torch
    from nnsight import LanguageModel

    warnings.simplefilter("ignore")
    raw = Raw(size)
    model = LanguageModel(raw.model, tokenizer=raw.tokenizer)

    def read() -> Any:
        with torch.no_grad(), model.trace(raw.inputs(), use_cache=False, logits_to_keep=1):
            value = model.model.layers[layer].output[:, -1].save()
        return value.float().cpu()

    def early() -> Any:
        with torch.no_grad(), model.trace(raw.inputs(), use_cache=False, logits_to_keep=1) as tracer:
            value = model.model.layers[layer].output[:, -1].save()
            tracer.stop()
        return value.float().cpu()

    def generate() -> Any:
        with torch.no_grad(), model.generate(raw.inputs(), max_new_tokens=NEW_TOKENS, do_sample=False) as tracer:
            for _ in tracer.iter[:NEW_TOKENS]:
                model.model.layers[layer].output = model.model.layers[layer].output + raw.vector
            out = tracer.result.save()
        return raw.tokenizer.batch_decode(out[:, -NEW_TOKENS:], skip_special_tokens=True)

    works = {"read": read, "early": early, "generate": generate}
    while name := connection.recv():
        connection.send(seconds(works[name]))


class Neighbour:
    """nnsight in its own process."""

    def __init__(self, size: Size, layer: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=nnsight_worker, args=(size, layer, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def seconds(self, name: str) -> float:
        """What one call takes there."""
        self._connection.send(name)
        return float(self._connection.recv())

    def close(self) -> None:
        """End it."""
        self._connection.send("")
        self._process.join()


def seconds(work: Work) -> float:
    """What one call takes, until a GPU has done it."""
    import torch

    started = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def interleaved(works: dict[str, Callable[[], float]], calls: int) -> dict[str, list[float]]:
    """Seconds of each work, one call of each in every turn."""
    times: dict[str, list[float]] = {name: [] for name in works}
    gc.collect()
    gc.disable()
    for turn in range(WARM_UP + calls):
        for name, work in works.items():
            taken = work()
            if turn >= WARM_UP:
                times[name].append(taken)
    gc.enable()
    return times


def measure(size: Size) -> None:
    """Reading one layer in the middle, and steering it."""
    layer = size.layers // 2 - 1
    raw, neighbour = Raw(size), Neighbour(size, layer)
    last = size.layers - 1
    read, generate = ours(raw, layer)
    agree(raw, layer, read, generate)
    clock = {name: (lambda name=name: neighbour.seconds(name)) for name in ("read", "early", "generate")}
    reading = {
        "raw hook, whole pass": lambda: seconds(lambda: raw.read(layer)),
        "ours, last layer (whole pass)": lambda: seconds(lambda: read(last)),
        "`output_hidden_states`": lambda: seconds(lambda: raw.hidden_states(layer)),
        "nnsight trace": clock["read"],
        "raw hook that stops the pass": lambda: seconds(lambda: raw.read(layer, early=True)),
        "ours (stops the pass)": lambda: seconds(read),
        "nnsight `tracer.stop()`": clock["early"],
    }
    steering = {
        "raw hook and `model.generate`": lambda: seconds(lambda: raw.generate(layer)),
        "ours": lambda: seconds(generate),
        "nnsight `tracer.iter`": clock["generate"],
    }
    what = f"{size.name}, {len(PROMPTS)} prompts"
    show(f"{what}: activations of block {layer}", interleaved(reading, size.calls), base="raw hook, whole pass")
    title = f"{what}: {NEW_TOKENS} steered tokens each"
    show(title, interleaved(steering, size.calls), base="raw hook and `model.generate`")
    neighbour.close()


def agree(raw: Raw, layer: int, read: Callable[..., Any], generate: Work) -> None:
    """Nothing is measured that does not give the same result."""
    import torch

    tolerance = 0.05 if raw.size.gpu else 1e-4
    torch.testing.assert_close(read(), raw.read(layer), atol=tolerance, rtol=tolerance)
    if not raw.size.gpu:
        assert generate() == raw.generate(layer), "the steered texts differ"


def main(*, gpu: bool = False) -> None:
    """Measure and print, in a process that does not run Inspect."""
    command = [sys.executable, "-m", "benchmarks.whitebox", *(["--gpu"] if gpu else [])]
    subprocess.run(command, check=True)


def _measure_here() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpu", action="store_true", help="an 8-billion-sized random model in bfloat16")
    chosen = parser.parse_args()
    if not chosen.gpu:
        measure(SMALL)
        measure(LARGE)
        return
    import torch

    if not torch.cuda.is_available():
        print("--gpu: skipped, torch finds no CUDA GPU here")
        return
    measure(HUGE)


if __name__ == "__main__":
    _measure_here()
