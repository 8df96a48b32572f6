"""What all tests share: no hub, one thread, and organisms that are built once."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["INSPECT_DISPLAY"] = "none"

from tests.organisms.conftest import llama_organisms, organism_cache, smollm2

__all__ = ["llama_organisms", "organism_cache", "smollm2"]
