"""The `nnsight` skill: what its page says of the pinned version holds in the agent's kernel."""

import pytest

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = in_shared_kernel
SKILL = "nnsight"


async def test_the_example_agrees_with_our_own_reading(kernel: Kernel) -> None:
    assert "largest difference" in await kernel.example()
    assert await kernel.value("difference") < 1e-5
    assert await kernel.value("list(state.shape)") == [1, await kernel.value("len(ids)"), 96]


async def test_importing_it_leaves_other_objects_alone(kernel: Kernel) -> None:
    await kernel.example()
    assert not await kernel.value("hasattr(object(), 'save')")


async def test_an_edit_of_the_page_is_what_steering_does(kernel: Kernel) -> None:
    await kernel.example()
    await kernel.run(EDIT)
    assert await kernel.value("float((edited - steered).abs().max())") < 1e-4
    assert await kernel.value("float((edited - lm.logits([ids])[0]).abs().max())") > 0.1


EDIT = """
from seer_runtime.whitebox import Add
vector = torch.randn(lm.d_model, generator=torch.Generator().manual_seed(0))
with traced.trace(torch.tensor([ids])) as tracer:
    layers[1].output[:, -1] += vector
    out = nnsight.save(traced.output)
edited = out.logits[0, -1].float()
with lm.steer(Add(layer=1, vector=vector, positions=[len(ids) - 1])):
    steered = lm.logits([ids])[0]
"""


async def test_generation_of_the_page_gives_the_models_own_tokens(kernel: Kernel) -> None:
    await kernel.example()
    await kernel.run(GENERATE)
    assert await kernel.value("made") == await kernel.value("own")
    assert await kernel.value("len(norms)") == 5


GENERATE = """
tokens = nothing = None
with traced.generate(torch.tensor([ids]), max_new_tokens=5, min_new_tokens=5) as tracer:
    norms = nnsight.save([])
    for step in tracer.iter[:5]:
        norms.append(layers[1].output[0, -1].norm())
    tokens = nnsight.save(tracer.result)
made = tokenizer.decode(tokens[0, len(ids):])
own = lm.generate([ids], max_new_tokens=5).texts[0]
"""


async def test_modules_out_of_order_are_an_error(kernel: Kernel) -> None:
    await kernel.example()
    with pytest.raises(AssertionError, match=r"layers\.1\.output\S* was requested but the model already ran past it"):
        await kernel.run(OUT_OF_ORDER)


OUT_OF_ORDER = """
with traced.trace(torch.tensor([ids])):
    late = nnsight.save(layers[2].output)
    early = nnsight.save(layers[1].output)
"""


async def test_what_follows_an_open_loop_over_tokens_never_runs(kernel: Kernel) -> None:
    await kernel.example()
    await kernel.run(GENERATE.replace("[:5]", "[:]").replace("made = ", "made = nothing if tokens is None else "))
    assert await kernel.value("made") is None


async def test_the_tool_reads_the_residual_stream(kernel: Kernel) -> None:
    await kernel.example()
    await kernel.run("from nnsight_model import trace_layers")
    norms = await kernel.value("trace_layers(lm, 'What is your favourite sport?').column('norm')")
    same = await kernel.value("[float(lm.activations([ids], i).at(i).norm()) for i in range(3)]")
    assert all(abs(a - b) < 1e-3 for a, b in zip(norms, same, strict=True))
