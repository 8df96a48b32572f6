"""What an agent sees of a cell's result: a sentence on how it went, then its outputs as text and images."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from inspect_ai.tool import ContentImage, ContentText, ToolResult

from seer_evals.lab.notebook._text import cut_middle, plain, without_tags
from seer_evals.lab.notebook.result import CellResult

TEXT_LIMIT = 8000
"""Characters of a cell's text in one result."""
LATE_SHARE = 4
"""Of that, one part in so many for what each earlier cell has said in the meantime."""
NEAR_LIMIT = 0.5
"""Share of its time limit from which on a cell that ended says so."""
IMAGE_LIMIT = 8
"""Images in one result."""
IMAGE_BYTES = 4 * 2**20
"""Bytes of base64 of one image, which is what providers accept."""
_IMAGES = ("image/png", "image/jpeg")
_LOG_LIMIT = 1500
_HEADLINE = re.compile(r"(Cell|While it ran cell) (\d+)\b( raised an error| was interrupted)?")


def render(result: CellResult, *, suffix: str = "", limit: int = TEXT_LIMIT, pages: bool = True) -> ToolResult:
    """The result of a cell as a tool's answer: a string, or a list if there are images.

    Args:
        result: How the cell ran.
        suffix: What the tools' names end with, for the advice that names them.
        limit: Characters of the cell's text; longer text is cut in the middle.
        pages: Whoever reads it has the tool `notebook`.
    """
    parts: list[str | ContentImage] = [f"{_headline(result, suffix)}\n"]
    parts += _cut(_parts(result.outputs), limit, _rest(result.number, suffix, pages))
    for number, outputs in result.late:
        rest = _rest(number, suffix, pages).replace("{start}", "0")  # where in its cell it begins is not known here
        parts += [f"\n[Meanwhile, from the background of cell {number}:]\n"]
        parts += _cut(_parts(outputs), limit // LATE_SHARE, rest)
    return _as_content(parts if len(parts) > 1 else [*parts, *_nothing(result)])


def output_text(outputs: Sequence[dict[str, Any]]) -> str:
    """All text of a cell's outputs as an agent reads it, which is what offsets count in where it is read."""
    return "".join(part for output in outputs if isinstance(part := _part(output), str))


def _rest(number: int, suffix: str, pages: bool) -> str:
    if not pages:
        return "they are whole in the notebook"
    return f"{by_tool('read', suffix, cell=number)[:-1]}, start={{start}}) reads on from there"


def by_tool(action: str, suffix: str = "", **arguments: object) -> str:
    """The call of the tool `notebook` that does something, as an agent is told it."""
    given = "".join(f", {name}={value}" for name, value in arguments.items())
    return f'notebook{suffix}(action="{action}"{given})'


def _cut(parts: Iterable[str | ContentImage], limit: int, rest: str) -> list[str | ContentImage]:
    kept = list(parts)
    text = "".join(part for part in kept if isinstance(part, str))
    if len(text) <= limit:
        return kept
    return [cut_middle(text, limit, rest), *(part for part in kept if not isinstance(part, str))]


def _as_content(parts: Iterable[str | ContentImage]) -> ToolResult:
    contents: list[ContentText | ContentImage] = []
    for part in parts:
        if isinstance(part, ContentImage):
            contents.append(part)
        elif contents and isinstance(contents[-1], ContentText):
            contents[-1] = ContentText(text=contents[-1].text + part)
        else:
            contents.append(ContentText(text=part))
    contents = [ContentText(text=part.text.rstrip()) if isinstance(part, ContentText) else part for part in contents]
    if len(contents) == 1 and isinstance(contents[0], ContentText):
        return contents[0].text
    return [*contents]


def _headline(result: CellResult, suffix: str) -> str:
    number, seconds, limit = result.number, _seconds(result.duration), _seconds(result.timeout)
    restart, wait, interrupt = (by_tool(action, suffix) for action in ("restart", "wait", "interrupt"))
    if result.status == "running" and result.unresponsive:
        return (
            f"Cell {number} was interrupted twice and does not react, so it is still running ({seconds} so far). "
            f"Use {wait} to wait for it, or {restart}, which loses all variables."
        )
    if result.status == "running":
        return (
            f"Cell {number} is still running ({seconds} so far, time limit {limit}). "
            f"Use {wait} to wait for it, or {interrupt} to stop it. Its output until now:"
        )
    if result.status == "timeout":
        return (
            f"Cell {number} was interrupted at its time limit of {limit}. The kernel is alive and kept its variables. "
            "Do less at a time, or run it again with a longer timeout."
        )
    if result.status == "interrupted":
        return f"Cell {number} was interrupted after {seconds}. The kernel is alive and kept its variables."
    if result.status == "dead":
        log = f"\nThe end of its log:\n{result.log.strip()[-_LOG_LIMIT:]}" if result.log.strip() else ""
        return (
            f"While it ran cell {number}, the kernel {result.death}. All variables are lost. "
            f"Use {restart} to get a new kernel, then run again the cells that you need.{log}"
        )
    if result.status == "error":
        return f"Cell {number} raised an error ({seconds})."
    near = result.duration > NEAR_LIMIT * result.timeout
    return f"Cell {number} ({seconds}{f' of the {limit} that it may take' if near else ''}):"


def cell_told_of(text: str) -> tuple[int | None, bool]:
    """Which cell a tool's answer begins with, if with one, and whether it failed: what `render` said, read back."""
    found = _HEADLINE.match(text)
    if found is None:
        return None, False
    return int(found[2]), found[1] != "Cell" or found[3] is not None


def _nothing(result: CellResult) -> list[str]:
    return ["(no output)"] if result.status in ("ok", "running") else []


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def _parts(outputs: Sequence[dict[str, Any]]) -> Iterator[str | ContentImage]:
    images = 0
    for output in outputs:
        part = _part(output)
        if isinstance(part, ContentImage):
            images += 1
            if images > IMAGE_LIMIT:
                continue
        yield part
    if images > IMAGE_LIMIT:
        yield f"[{images - IMAGE_LIMIT} more images are not shown here; they are in the notebook]\n"


def _part(output: dict[str, Any]) -> str | ContentImage:
    if output["output_type"] == "stream":
        return plain(output["text"])
    if output["output_type"] == "error":
        return _line(_traceback(output))
    data = output.get("data", {})
    for mime in _IMAGES:
        if mime in data:
            return _image(mime, data[mime])
    return _line(_words(data))


def _traceback(output: dict[str, Any]) -> str:
    lines = plain("\n".join(output.get("traceback") or [])).splitlines()
    kept = [line.rstrip() for line in lines if set(line) != {"-"}]
    return "\n".join(kept) or f"{output['ename']}: {output['evalue']}"


def _image(mime: str, value: str) -> str | ContentImage:
    encoded = "".join(value.split())
    if len(encoded) > IMAGE_BYTES:
        return f"[{mime} of {len(encoded):,} bytes: too large to show, draw it smaller; it is in the notebook]\n"
    return ContentImage(image=f"data:{mime};base64,{encoded}")


def _words(data: dict[str, Any]) -> str:
    """The best text among the representations of a value."""
    for mime in ("text/markdown", "text/latex"):
        if mime in data:
            return str(data[mime])
    text = str(data.get("text/plain", ""))
    if text and not text.startswith("<IPython.core.display."):
        return plain(text)
    if "application/json" in data:
        return json.dumps(data["application/json"], indent=1, ensure_ascii=False)
    if "text/html" in data:
        return without_tags(str(data["text/html"]))
    return plain(text) or f"[{', '.join(data)}: in the notebook]"


def _line(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
