"""What a language model sees of a function's result: bounded text, and figures as images."""

import base64
import io
import json
import sys
from typing import Any

MAX_TEXT = 16000
"""Characters."""
MAX_IMAGES = 8


def render(value: object) -> dict[str, Any]:
    """A result as `{"text": …, "images": [PNG in base64, …]}`."""
    images = [*_images(value), *_open_figures()][:MAX_IMAGES]
    return {"text": "" if images and (value is None or _is_figure(value)) else as_text(value), "images": images}


def as_text(value: object) -> str:
    """Text for a reader: strings as they are, plain data as JSON where it is, anything else as it shows itself."""
    if isinstance(value, str):
        text = str(value)
    elif isinstance(value, dict | list | tuple):
        text = _json(value)
    else:
        text = str(value) if type(value).__module__ != "builtins" else repr(value)
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}\n… (cut: {len(text)} characters in all)"


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def _is_figure(value: object) -> bool:
    return hasattr(value, "savefig")


def _images(value: Any) -> list[str]:
    return [_png(item) for item in (value if isinstance(value, list | tuple) else [value]) if _is_figure(item)]


def _open_figures() -> list[str]:
    """Figures that the function has drawn and left; they are closed, as a cell's are."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    images = [_png(pyplot.figure(number)) for number in pyplot.get_fignums()]
    pyplot.close("all")
    return images


def _png(figure: Any) -> str:
    pyplot = sys.modules.get("matplotlib.pyplot")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    if pyplot is not None:
        pyplot.close(figure)
    return base64.b64encode(buffer.getvalue()).decode()
