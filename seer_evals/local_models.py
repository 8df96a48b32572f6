"""`seer/…`: a pretrained model, or an organism on one, as an Inspect model in this process.

`seer/smollm2` is what `seer models get smollm2` fetches, `seer/preference-smollm2-easy-101` an organism on it.
Either can be bound to any role: the target of an audit, an auditor or a judge that is the weakest there is. A model
under investigation belongs into a laboratory instead (`lab/…`): this one is on the machine itself, and can only be
talked to.
"""

from typing import Any

from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

DEFAULT_MAX_TOKENS = 256


@modelapi(name="seer")
def seer() -> type[ModelAPI]:
    """Inspect's own Hugging Face provider, with weights from this machine and sampling that suits them."""
    from seer_evals.inspect_private import HuggingFaceAPI  # torch: seconds, which other models need not wait for

    class LocalModel(HuggingFaceAPI):
        def __init__(self, model_name: str, *arguments: Any, **more: Any) -> None:
            base, adapter, self.suits = _found(model_name)
            super().__init__(model_name, *arguments, model_path=str(base), dtype=self.suits.dtype, **more)
            if adapter is not None:
                from peft import PeftModel

                self.model = PeftModel.from_pretrained(self.model, str(adapter)).merge_and_unload()

        async def generate(
            self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
        ) -> ModelOutput:
            """Answer; a conversation that leaves no room for one ends as Inspect's own models end it."""
            said = {"temperature": self.suits.temperature, "top_p": self.suits.top_p, "max_tokens": DEFAULT_MAX_TOKENS}
            config = GenerateConfig(**said).merge(config)
            room = self.model.config.max_position_embeddings - (config.max_tokens or DEFAULT_MAX_TOKENS)
            asked = len(self.tokenizer(self.hf_chat(input, tools))["input_ids"])
            if asked > room:
                too_long = f"the conversation has {asked} tokens, and the model has room for {room} and an answer"
                return ModelOutput.from_content(self.model_name, too_long, stop_reason="model_length")
            return await super().generate(input, tools, tool_choice, config)

    return LocalModel


def _found(name: str) -> tuple[Any, Any, Any]:
    """Base, adapter and what is known of the pretrained model that `name` is, or is made of."""
    from seer_evals import organisms, pretrained

    if name in pretrained.PRETRAINED:
        return pretrained.installed(name), None, pretrained.find(name)
    organism = organisms.get_organism(name)
    if organism.architecture not in pretrained.PRETRAINED:
        raise ValueError(f"seer/{name}: only what is on a pretrained model; in a laboratory it is -T organisms={name}")
    files = organisms.materialize(organism)
    return files.base, files.adapter, pretrained.find(organism.architecture)
