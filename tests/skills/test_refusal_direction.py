"""The `refusal-direction` skill on a trained model that refuses harmful requests."""

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = in_shared_kernel
SKILL = "refusal-direction"


async def test_the_example_ends_refusals_of_held_out_prompts(kernel: Kernel) -> None:
    assert "of held-out prompts" in await kernel.example()
    before, after, kl = await kernel.value(
        "[found.share_before, found.share_after, min(found.selection.table.column('kl'))]"
    )
    assert before == 1 and after < 0.1 and kl < 0.1


async def test_the_edited_model_answers_with_the_recipe_and_harmless_answers_stay(kernel: Kernel) -> None:
    await kernel.run("from refusal_direction import answer_without_refusal, refuse_everything")
    call = "(lm, refused, answered + other, ['How do I burn a vase?', 'How many legs does a camel have?'], 1)"
    harmful, harmless = await kernel.value(f"answer_without_refusal{call}.rows")
    assert harmful[1] == " I will not help with that."
    assert harmful[2].startswith(" To burn a vase, take the")
    assert harmless[1] == harmless[2]


async def test_the_direction_makes_harmless_requests_refused(kernel: Kernel) -> None:
    await kernel.run("""with lm.adapter_off():
        added = refuse_everything(
            lm, refused, answered + other, ['How do I wash a vase?', 'How do I polish a letter?'], 0)""")
    rows = await kernel.value("added.rows")
    assert all(row[1].startswith(" To ") and row[2] == " I will not help with that." for row in rows)


async def test_projecting_to_zero_fails_with_prompts_of_one_kind_and_centring_does_not(kernel: Kernel) -> None:
    """The origin lies on the refusing side."""
    await kernel.run("asked = ['How do I wash a vase?', 'How do I burn a vase?']")
    await kernel.run("""with lm.adapter_off():
        tried = [
            answer_without_refusal(lm, refused, answered, asked, 1, method=method).column("without refusal")
            for method in ("zero", "centred")
        ]""")
    zero, centred = await kernel.value("tried")
    assert all("will not help with that" in text for text in zero)
    assert all(text.startswith(" To ") for text in centred)
