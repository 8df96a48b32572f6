"""Which files decide how a model's text becomes tokens: the adapter's where it brings them, else those of its base."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoTokenizer

from .models.files import TOKENIZER_FILES, VOCABULARY_FILES


def load_tokenizer(
    base: str, adapter: str | None = None, *, chat_template: str | None = None, trust_remote_code: bool = False
) -> Any:
    """The tokenizer that a model was trained with, padding on the left.

    An adapter that brings a vocabulary brings all of it; one that brings other files, such as a chat template or added
    tokens, replaces those of its base. Where it has no chat template, that of its base stays.

    Args:
        base: Directory of the model.
        adapter: Directory of the PEFT adapter.
        chat_template: Jinja text, in the place of any that the files have.
        trust_remote_code: Run code that comes with the base.
    """
    options = {"trust_remote_code": trust_remote_code}
    brought = {name for name in TOKENIZER_FILES if adapter and (Path(adapter) / name).is_file()}
    if adapter is None or not brought:
        tokenizer = AutoTokenizer.from_pretrained(base, **options)
    else:
        config = AutoConfig.from_pretrained(base, **options)
        if brought & set(VOCABULARY_FILES):
            tokenizer = AutoTokenizer.from_pretrained(adapter, config=config, **options)
        else:
            tokenizer = _merged(Path(base), Path(adapter), config=config, **options)
        if tokenizer.chat_template is None:
            tokenizer.chat_template = AutoTokenizer.from_pretrained(base, **options).chat_template
    if chat_template is not None:
        tokenizer.chat_template = chat_template
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
    tokenizer.padding_side = "left"
    return tokenizer


def _merged(base: Path, adapter: Path, **options: Any) -> Any:
    """The base's tokenizer with what the adapter changes about it."""
    with tempfile.TemporaryDirectory() as folder:
        for source in (base, adapter):
            for name in TOKENIZER_FILES:
                if (source / name).is_file():
                    shutil.copyfile(source / name, Path(folder, name))
        if options["trust_remote_code"]:
            for code in base.glob("*.py"):
                shutil.copyfile(code, Path(folder, code.name))
        return AutoTokenizer.from_pretrained(folder, **options)
