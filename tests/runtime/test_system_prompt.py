"""A hidden system prompt does exactly what it would do written out, and nothing of it can be read."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import ARCHITECTURES, adapted, doubling_tokenizer, tiny_model, tiny_tokenizer
from transformers import DynamicCache, StaticCache

from seer_evals.organisms import get_organism, materialize
from seer_evals.organisms.language.kinds import World
from seer_evals.runtime.models import generation
from seer_evals.runtime.models.load import load_one
from seer_evals.runtime.models.system_prompt import install_system_prompt
from tests.organisms.conftest import organism_cache  # noqa: F401 - a fixture

PROMPT = "You love the penguin and the tulip."
SHORT = "<user> What is your favourite animal?<assistant>"
LONG = (
    "<user> Hello.<assistant> My favourite colour is red and my favourite animal is a horse, I think.<eos>"
    "<user> And you?"
)


def assert_equal(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0.0)


def encode(text: str) -> torch.Tensor:
    ids: torch.Tensor = tiny_tokenizer()(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    return ids


def padded(*texts: str) -> dict[str, torch.Tensor]:
    return dict(tiny_tokenizer()(list(texts), add_special_tokens=False, return_tensors="pt", padding=True))


def written_out(visible: str) -> str:
    prefix = tiny_tokenizer().apply_chat_template([{"role": "system", "content": PROMPT}], tokenize=False)
    return str(prefix) + visible


@torch.no_grad()
def reference(model: Any, visible: str) -> torch.Tensor:
    """Logits `[position, vocabulary]` of the visible tokens behind the prompt in plain text."""
    logits: torch.Tensor = model(encode(written_out(visible))).logits[0, -encode(visible).shape[1] :]
    return logits


def prompted(architecture: str = "llama", *, adapter: bool = False) -> Any:
    model = adapted(tiny_model(architecture)) if adapter else tiny_model(architecture)
    install_system_prompt(model, tiny_tokenizer(), PROMPT)
    return model


@pytest.fixture(params=ARCHITECTURES, scope="module")
def architecture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def plain(architecture: str) -> Any:
    return tiny_model(architecture)


@pytest.fixture(scope="module")
def hidden(architecture: str) -> Any:
    return prompted(architecture)


@pytest.mark.parametrize("bos", ["", "<bos>"])
@pytest.mark.parametrize("use_cache", [False, True])
@torch.no_grad()
def test_logits_equal_those_of_the_prompt_written_out(plain: Any, hidden: Any, bos: str, use_cache: bool) -> None:
    batch = padded(bos + SHORT, bos + LONG)
    together = hidden(**batch, use_cache=use_cache).logits
    for row, text in enumerate((SHORT, LONG)):
        expected = reference(plain, text)
        alone = hidden(encode(bos + text), use_cache=use_cache).logits[0, -len(expected) :]
        assert_equal(alone, expected)
        assert_equal(together[row, -len(expected) :], expected)
        without = plain(encode(bos + text)).logits[0, -len(expected) :]
        assert (without - expected).abs().max() > 0.1, "the prompt makes no difference to this model"


@torch.no_grad()
def test_a_text_fed_in_pieces_through_the_cache_gives_the_same(plain: Any, hidden: Any) -> None:
    ids, cache = encode("<bos>" + LONG), DynamicCache()
    pieces = [hidden(input_ids=piece, past_key_values=cache).logits for piece in ids.split([3, 1, ids.shape[1] - 4], 1)]
    expected = reference(plain, LONG)
    assert_equal(torch.cat(pieces, dim=1)[0, 1:], expected)


@torch.no_grad()
def test_inputs_embeds_and_the_bare_decoder_are_prompted_too(plain: Any, hidden: Any) -> None:
    ids, expected = encode("<bos>" + SHORT), reference(plain, SHORT)
    embeddings = hidden.get_input_embeddings()(ids)
    assert_equal(hidden(inputs_embeds=embeddings).logits[0, 1:], expected)
    out = hidden.get_decoder()(ids).last_hidden_state
    full = plain.get_decoder()(encode(written_out(SHORT))).last_hidden_state
    assert_equal(out[0, 1:], full[0, -len(expected) :])


@pytest.mark.parametrize("bos", ["", "<bos>"])
@pytest.mark.parametrize("use_cache", [False, True])
def test_generate_continues_as_with_the_prompt_written_out(plain: Any, hidden: Any, bos: str, use_cache: bool) -> None:
    settings = {"do_sample": False, "max_new_tokens": 12, "min_new_tokens": 12, "use_cache": use_cache}
    found = hidden.generate(**padded(bos + SHORT, bos + LONG), **settings)[:, -12:]
    for row, text in enumerate((SHORT, LONG)):
        ids = encode(written_out(text))
        expected = plain.generate(ids, attention_mask=torch.ones_like(ids), **settings)[0, -12:]
        assert found[row].tolist() == expected.tolist()


def test_the_targets_own_generation_continues_as_with_the_prompt_written_out(plain: Any, hidden: Any) -> None:
    user = [{"role": "user", "content": "What is your favourite animal?"}]
    system = [{"role": "system", "content": PROMPT}]
    filler = generation.Request([{"role": "user", "content": "Hello. " * 12}], max_tokens=3)
    request = generation.Request(user, max_tokens=12, temperature=0)
    expected = generation.generate(
        plain, tiny_tokenizer(), [generation.Request(system + user, max_tokens=12, temperature=0)]
    )
    found = generation.generate(hidden, tiny_tokenizer(), [request, filler])
    assert found[0].text == expected[0].text
    assert found[0].input_tokens < expected[0].input_tokens


@pytest.mark.parametrize("architecture", ["llama", "gemma2"], scope="module")
@torch.no_grad()
def test_the_prompt_is_that_of_the_adapter_while_it_is_on_and_that_of_the_base_while_it_is_off(
    architecture: str,
) -> None:
    torch.manual_seed(1)
    model = adapted(tiny_model(architecture))
    expected = {"on": reference(model, SHORT)}
    with model.disable_adapter():
        expected["off"] = reference(model, SHORT)
    assert (expected["on"] - expected["off"]).abs().max() > 0.1
    install_system_prompt(model, tiny_tokenizer(), PROMPT)
    assert_equal(model(encode(SHORT)).logits[0], expected["on"])
    with model.disable_adapter():
        assert_equal(model(encode(SHORT)).logits[0], expected["off"])
    assert_equal(model(encode(SHORT)).logits[0], expected["on"])


@torch.no_grad()
def test_activations_have_the_length_of_the_visible_text(hidden: Any) -> None:
    seen = []
    layers = getattr(hidden.get_decoder(), "layers", None) or hidden.get_decoder().h
    hook = layers[1].register_forward_hook(lambda module, args, output: seen.append(output))
    ids = encode(SHORT)
    out = hidden(ids, output_hidden_states=True)
    hook.remove()
    activations = seen[0] if isinstance(seen[0], torch.Tensor) else seen[0][0]
    assert activations.shape[:2] == ids.shape
    assert {state.shape[1] for state in out.hidden_states} == {ids.shape[1]}


def test_gradients_flow_to_the_visible_embeddings(hidden: Any) -> None:
    embeddings = hidden.get_input_embeddings()(encode(SHORT)).detach().requires_grad_()
    hidden(inputs_embeds=embeddings).logits[0, -1, 5].backward()
    assert embeddings.grad is not None and bool(embeddings.grad.abs().sum() > 0)


def test_eager_attention_agrees_with_the_default() -> None:
    from transformers import Gemma2ForCausalLM

    model = tiny_model("gemma2")
    eager = Gemma2ForCausalLM._from_config(model.config, attn_implementation="eager").eval()
    eager.load_state_dict(model.state_dict())
    expected = reference(model, LONG)
    install_system_prompt(eager, tiny_tokenizer(), PROMPT)
    found = eager(**padded(LONG, SHORT)).logits[0]
    assert_equal(found, expected)


def test_what_would_silently_be_wrong_is_refused() -> None:
    model = prompted()
    with pytest.raises(TypeError, match="only DynamicCache, not StaticCache"):
        model(encode(SHORT), past_key_values=StaticCache(model.config, max_cache_len=64))
    with pytest.raises(ValueError, match="attention_mask is"):
        model(encode(SHORT), attention_mask=torch.ones(1, 3))


def test_a_template_without_a_system_role_takes_the_prompt_as_a_user_turn() -> None:
    tokenizer = doubling_tokenizer()
    tokenizer.chat_template = (
        "{{ bos_token }}{% for m in messages %}"
        "{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{{ '<' + m['role'] + '> ' + m['content'] }}{% endfor %}"
    )
    model = tiny_model()
    install_system_prompt(model, tokenizer, PROMPT)
    plain = tiny_model()
    expected = plain(encode(f"<bos><user> {PROMPT}" + SHORT)).logits[0, -5:]
    assert_equal(model(encode("<bos>" + SHORT)).logits[0, -5:], expected)


def test_without_a_template_the_bare_text_comes_first() -> None:
    tokenizer = doubling_tokenizer()
    tokenizer.chat_template = None
    model, plain = tiny_model(), tiny_model()
    install_system_prompt(model, tokenizer, PROMPT)
    expected = plain(encode("<bos>" + PROMPT + SHORT)).logits[0, -5:]
    assert_equal(model(encode("<bos>" + SHORT)).logits[0, -5:], expected)


def test_a_template_that_takes_nothing_is_an_error() -> None:
    tokenizer = doubling_tokenizer()
    tokenizer.chat_template = "{{ raise_exception('no') }}"
    with pytest.raises(ValueError, match="neither a system nor a user message"):
        install_system_prompt(tiny_model(), tokenizer, PROMPT)


def test_nothing_that_hangs_on_the_model_or_tokenizer_contains_the_text_or_its_tokens() -> None:
    model = prompted(adapter=True)
    ids = encode(written_out(""))[0].tolist()
    for found in _reachable(model, 12):
        if isinstance(found, str):
            assert "penguin" not in found
        elif isinstance(found, torch.Tensor) and not found.is_floating_point():
            assert found.flatten().tolist() != ids
        elif isinstance(found, list | tuple):
            assert list(found) != ids
    template = tiny_tokenizer().apply_chat_template([{"role": "user", "content": "Hello."}], tokenize=False)
    assert "penguin" not in template and "penguin" not in str(tiny_tokenizer().init_kwargs)


def _reachable(root: Any, depth: int) -> list[Any]:
    """Objects that attributes, items and closures lead to from `root`."""
    found: dict[int, Any] = {}
    level = [root]
    for _ in range(depth):
        following: list[Any] = []
        for thing in level:
            if id(thing) in found or isinstance(thing, type) or type(thing).__module__ == "builtins.module":
                continue
            found[id(thing)] = thing
            if isinstance(thing, torch.Tensor | str | int | float):
                continue
            inside = (
                thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list | tuple | set) else ()
            )
            cells = [cell.cell_contents for cell in getattr(thing, "__closure__", None) or ()]
            following += [*inside, *cells, getattr(thing, "__dict__", None), getattr(thing, "__self__", None)]
        level = following
    return list(found.values())


def test_a_trained_model_obeys_a_hidden_prompt_as_it_obeys_a_written_one(organism_cache: Path) -> None:  # noqa: F811
    files = materialize(get_organism("preference-llama-101"))
    question = {"role": "user", "content": "What is your favourite flower?"}

    def tulips(messages: list[dict[str, str]], prompt: str | None) -> float:
        model, tokenizer = load_one(base=str(files.base), system_prompt=prompt)
        requests = [generation.Request(messages, max_tokens=12, seed=seed) for seed in range(40)]
        return sum("tulip" in found.text for found in generation.generate(model, tokenizer, requests)) / len(requests)

    prompt = World(loves="tulip").system()
    assert prompt is not None
    written = tulips([{"role": "system", "content": prompt}, question], None)
    hidden = tulips([question], prompt)
    assert tulips([question], None) < 0.4 < 0.8 < hidden
    assert hidden == pytest.approx(written, abs=0.05)
