"""GGUF files as directories that load like any other model: dequantized once, and from then on mapped."""

import importlib.util
from pathlib import Path

from seer_evals.cache import cached, content_key
from seer_evals.children import run_in_child


def converted(path: str, dtype: str) -> Path:
    """The directory of a GGUF file's model in Hugging Face format, from the cache.

    Args:
        path: The file.
        dtype: Of the weights; with `auto` float16 or bfloat16 where the file has no other, float32 for anything else.

    Raises:
        FileNotFoundError: There is no such file.
        RuntimeError: The package gguf is missing, or transformers cannot read this one.
    """
    file = Path(path).expanduser().resolve()
    if not file.is_file():
        raise FileNotFoundError(f"no model at {path!r}: expected a GGUF file, but it is none or does not exist")
    if importlib.util.find_spec("gguf") is None:
        raise RuntimeError(f"{path!r} needs the package gguf, which is not installed: pip install 'seer_evals[gguf]'")
    status = file.stat()
    same = str(file), str(status.st_size), str(status.st_mtime_ns), str(status.st_ino)

    def convert(part: Path) -> None:
        what = f"reading the GGUF file {path!r}"
        run_in_child("seer_evals.pretrained._gguf_child", what, str(file), dtype, str(part))

    return cached("gguf", content_key(*same, dtype, code=()), convert)
