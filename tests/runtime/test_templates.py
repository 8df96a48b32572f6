"""What chat templates make of a conversation: nothing is lost, and what is the prefill's is known to the letter."""

from typing import Any

import pytest

from seer_evals.runtime.models.system_prompt import _prefix_ids
from seer_evals.runtime.request import Request
from seer_evals.runtime.templates import Rendered, render, rendered
from tests.runtime import templates_of_others as forms

HI = {"role": "user", "content": "hi"}
WEATHER = {"type": "function", "function": {"name": "weather", "description": "d", "parameters": {}}}
FILES = {"type": "function", "function": {"name": "list_files", "description": "d", "parameters": {}}}


def tokenizer(template: str) -> Any:
    special = ("<|start_header_id|>", "<|end_header_id|>", "<|im_start|>", "<|im_end|>")
    return forms.bytelevel(template, bos="<bos>", eos="<|eot_id|>", extra=special)


def system(text: str) -> dict[str, str]:
    return {"role": "system", "content": text}


def begun(template: str, prefill: Any) -> Rendered:
    return rendered(tokenizer(template), Request([HI, {"role": "assistant", "content": prefill}]))


class TestPrefills:
    @pytest.mark.parametrize("prefill", [" ", "\n", "  \n ", "\t"])
    @pytest.mark.parametrize("template", [forms.LLAMA3, forms.GEMMA])
    def test_a_blank_one_that_is_trimmed_leaves_the_header_whole(self, template: str, prefill: str) -> None:
        assert begun(template, prefill).text == render(tokenizer(template), Request([HI]))

    @pytest.mark.parametrize("prefill", [" ", "\n", "Sure. ", " Sure"])
    def test_spaces_are_kept_where_the_template_keeps_them(self, prefill: str) -> None:
        found = begun(forms.CHATML, prefill)
        assert found.text == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n" + prefill
        assert found.text[found.seam :] == prefill

    @pytest.mark.parametrize("prefill", ["Sure. ", "Sure.\n\n", " Sure."])
    @pytest.mark.parametrize("template", [forms.LLAMA3, forms.LLAMA2])
    def test_spaces_are_trimmed_where_the_template_trims_them(self, template: str, prefill: str) -> None:
        found = begun(template, prefill)
        assert found.text[found.seam :] == "Sure."

    def test_a_think_block_that_the_template_puts_before_it_is_not_its_own(self) -> None:
        found = begun(forms.QWEN3, "Sure")
        assert found.text.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\nSure")
        assert found.text[found.seam :] == "Sure"

    @pytest.mark.parametrize("said", ["<think>\nI will lie", "<think>\nI will lie.\n</think>\n\nSure"])
    @pytest.mark.parametrize("template", [forms.QWEN3, forms.R1, forms.CHATML])
    def test_reasoning_is_neither_dropped_nor_preceded_by_other_reasoning(self, template: str, said: str) -> None:
        text = begun(template, said).text
        assert text.endswith(said)
        assert text.count("<think>") == 1

    def test_text_in_parts_is_continued_after_the_last_one(self) -> None:
        parts = "{% for m in messages %}[{{ m.role }}]{% for p in m.content %}{{ p.text }}{% endfor %};{% endfor %}"
        user = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
        last = {"role": "assistant", "content": [{"type": "text", "text": "Su"}, {"type": "text", "text": "re"}]}
        text = parts.replace("{{ p.text }}", "{{ p.text if p is mapping else p }}")
        assert render(tokenizer(text), Request([user, last])) == "[user]hi;[assistant]Sure"


class TestSystemMessages:
    def test_one_whose_text_is_in_the_question_by_chance_is_not_taken_for_written(self) -> None:
        asked = {"role": "user", "content": "Do you like owls?"}
        text = render(tokenizer(forms.NO_SYSTEM), Request([system("owls"), asked]))
        assert "user\nowls\n\nDo you like owls?<|im_end|>" in text

    def test_two_go_where_one_would(self) -> None:
        both = [system("A"), system("B"), HI]
        assert "user\nA\n\nB\n\nhi<end_of_turn>" in render(tokenizer(forms.GEMMA), Request(both))
        assert "[INST] <<SYS>>\nA\n\nB\n<</SYS>>\n\nhi [/INST]" in render(tokenizer(forms.LLAMA2), Request(both))
        text = render(tokenizer(forms.CHATML), Request(both))
        assert text.startswith("<|im_start|>system\nA<|im_end|>\n<|im_start|>system\nB<|im_end|>\n")

    def test_a_later_one_opens_the_user_message_after_it_and_the_first_stays(self) -> None:
        talk = [system("A"), HI, {"role": "assistant", "content": "x"}, system("B"), {"role": "user", "content": "y"}]
        assert render(tokenizer(forms.LLAMA2), Request(talk)) == (
            "<bos>[INST] <<SYS>>\nA\n<</SYS>>\n\nhi [/INST] x <|eot_id|><bos>[INST] B\n\ny [/INST]"
        )

    @pytest.mark.parametrize("template", [forms.LLAMA2, forms.GEMMA, forms.NO_SYSTEM])
    def test_a_last_one_is_not_written_as_if_the_model_had_said_it(self, template: str) -> None:
        text = render(tokenizer(template), Request([HI, system("Be kind.")]))
        assert "hi\n\nBe kind." in text
        assert "system" not in text

    def test_an_empty_one_adds_nothing(self) -> None:
        assert render(tokenizer(forms.GEMMA), Request([system(""), HI])) == render(
            tokenizer(forms.GEMMA), Request([HI])
        )

    def test_one_before_a_prefill(self) -> None:
        said = {"role": "assistant", "content": "Sure"}
        found = rendered(tokenizer(forms.GEMMA), Request([system("A"), HI, said]))
        assert found.text.endswith("user\nA\n\nhi<end_of_turn>\n<start_of_turn>model\nSure")
        assert found.text[found.seam :] == "Sure"


class TestTools:
    def test_a_template_without_tools_is_an_error_that_names_them(self) -> None:
        with pytest.raises(ValueError, match="takes no tools, so it would not see weather, list_files"):
            render(tokenizer(forms.CHATML), Request([HI], tools=[WEATHER, FILES]))

    def test_a_tool_named_like_a_word_of_the_question_is_not_taken_for_written(self) -> None:
        with pytest.raises(ValueError, match="takes no tools"):
            render(tokenizer(forms.CHATML), Request([{"role": "user", "content": "weather?"}], tools=[WEATHER]))

    def test_a_template_with_tools_is_given_them(self) -> None:
        assert '"name": "weather"' in render(tokenizer(forms.WITH_TOOLS), Request([HI], tools=[WEATHER]))

    def test_tools_that_are_written_only_where_a_user_begins_are_fine_later(self) -> None:
        once = forms.WITH_TOOLS.replace("{% if tools %}", "{% if tools and messages | length == 1 %}")
        assert once != forms.WITH_TOOLS
        render(tokenizer(once), Request([HI, {"role": "assistant", "content": "x"}, HI], tools=[WEATHER]))

    def test_a_call_or_a_result_that_is_left_out_is_an_error(self) -> None:
        called = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Rome"}}}
        call = {"role": "assistant", "content": "", "tool_calls": [called]}
        result = {"role": "tool", "content": "rain", "name": "weather"}
        assert "rain" in render(tokenizer(forms.WITH_TOOLS), Request([HI, call, result], tools=[WEATHER]))
        with pytest.raises(ValueError, match="leaves out calls of tools"):
            render(tokenizer(forms.CHATML), Request([HI, call, result]))
        silent = forms.CHATML.replace("{% for m in messages %}", "{% for m in messages if m.role != 'tool' %}")
        with pytest.raises(ValueError, match="leaves out messages of role 'tool'"):
            render(tokenizer(silent), Request([HI, result]))


class TestHiddenPrompts:
    @pytest.mark.parametrize("template", [forms.CHATML, forms.NEEDS_USER, forms.DEFAULT_SYSTEM, forms.QWEN3])
    def test_a_template_that_wants_a_user_turn_gets_a_system_turn_alone(self, template: str) -> None:
        found = tokenizer(template)
        text = found.decode(_prefix_ids(found, "You love owls.")[0])
        assert text == "<|im_start|>system\nYou love owls.<|im_end|>\n"

    def test_one_that_wants_a_user_turn_and_begins_with_bos(self) -> None:
        guard = forms.NEEDS_USER[: forms.NEEDS_USER.index("{% for m in messages %}{{")]
        found = tokenizer(guard + forms.LLAMA3)
        text = found.decode(_prefix_ids(found, "You love owls.")[0])
        assert text == "<bos><|start_header_id|>system<|end_header_id|>\n\nYou love owls.<|eot_id|>"

    def test_a_system_prompt_that_would_stand_within_the_user_turn_gets_one_of_its_own(self) -> None:
        found = tokenizer(forms.LLAMA2)
        assert found.decode(_prefix_ids(found, "You love owls.")[0]) == "<bos>[INST] You love owls. [/INST]"
