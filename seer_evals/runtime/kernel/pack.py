"""Messages of the kernel as JSON, whatever text is in them."""

import json
import re
from typing import Any

from jupyter_client.jsonutil import json_clean, json_default

_SURROGATE = re.compile("[\ud800-\udfff]")


def pack(message: Any) -> bytes:
    """Serialise a message; half a surrogate pair, which UTF-8 cannot express, becomes U+FFFD.

    Raises:
        TypeError, ValueError: It holds what JSON cannot express.
    """
    try:
        text = _dumped(message)
    except (TypeError, ValueError):
        text = _dumped(json_clean(message))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


def _dumped(message: Any) -> str:
    return json.dumps(message, default=json_default, ensure_ascii=False, allow_nan=False)
