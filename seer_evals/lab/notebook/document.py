"""The notebook as a document: nbformat 4.5 cells with numbers, on disk and complete after every change.

A cell keeps the **number** that it was given when it was created: inserting, moving or deleting another cell does not
change it, and it is not used again. So an agent's notes and the evidence in its report stay true. The number is the
cell's id (`cell-7`) and `metadata.seer.number`. The execution count (`[7]` in Jupyter) is something else.
"""

import contextlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seer_evals.lab.notebook._channel import NotebookError

logger = logging.getLogger(__name__)

Cell = dict[str, Any]
Output = dict[str, Any]

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}


def cell_by_number(notebook: Mapping[str, Any], number: int) -> Cell | None:
    """The cell of a notebook dict that has this number; none if it was deleted or never there."""
    return next((cell for cell in notebook["cells"] if cell["id"] == f"cell-{number}"), None)


class NotebookDocument:
    """A notebook and its file. Cells are replaced, never changed, so that `as_dict` is a snapshot that stays."""

    def __init__(self, path: Path, first_cell: int = 1) -> None:
        self._path = path
        self._cells: list[Cell] = []
        self._written: dict[str, str] = {}
        self._displays: dict[str, list[str | None]] = {}
        self._last_number = first_cell - 1
        self.unsaved = ""
        """Why the last change is not in the file on the host, but only here and in the log; empty if it is."""
        self._keep_older: Path | None = path.with_suffix(".previous.ipynb")
        self._save()

    @property
    def path(self) -> Path:
        """The file on the host."""
        return self._path

    @property
    def cells(self) -> Sequence[Cell]:
        """The cells in their order."""
        return tuple(self._cells)

    def as_dict(self) -> dict[str, Any]:
        """The notebook as JSON-able data."""
        metadata = {**_METADATA, "seer": {"unsaved": self.unsaved}} if self.unsaved else _METADATA
        return {"cells": list(self._cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}

    def cell(self, number: int) -> Cell:
        """The cell with this number.

        Raises:
            NotebookError: There is none.
        """
        return self._cells[self._index(number)]

    def add_code(self, source: str, after: int | None = None, status: str | None = None) -> int:
        """Put a code cell after the cell `after` (0 for the very top), by default at the end; returns its number."""
        facts = {} if status is None else {"status": status}
        return self._add({"cell_type": "code", "execution_count": None, "outputs": []}, source, after, facts)

    def add_markdown(self, text: str, after: int | None = None) -> int:
        """Put a text cell after the cell `after` (0 for the very top), by default at the end; returns its number."""
        return self._add({"cell_type": "markdown"}, text, after, {})

    def set_source(self, number: int, source: str) -> None:
        """Replace a cell's text and forget its outputs."""
        cell = {**self.cell(number), "source": _encodable(source)}
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None, "metadata": {"seer": {"number": number}}}
        self._replace(number, cell)

    def set_result(
        self, number: int, *, status: str, outputs: Sequence[Output], execution_count: int | None, **facts: Any
    ) -> None:
        """Put down how a code cell ran: `outputs` as the kernel host gave them, `facts` for the cell's metadata."""
        identifier = self.cell(number)["id"]
        self._displays[identifier] = [_display_id(output) for output in outputs]
        cell = {
            **self.cell(number),
            "outputs": [_valid(output) for output in outputs],
            "execution_count": execution_count,
            "metadata": {"seer": {"number": number, "status": status, **facts}},
        }
        self._replace(number, cell)

    def extend_outputs(self, number: int, outputs: Sequence[Output]) -> None:
        """Append what a code cell's background threads said after it had finished."""
        cell = self.cell(number)
        self._displays.setdefault(cell["id"], []).extend(_display_id(output) for output in outputs)
        self._replace(number, {**cell, "outputs": [*cell["outputs"], *map(_valid, outputs)]})

    def update_displays(self, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Show something else wherever a display with one of these ids is shown."""
        for cell in [cell for cell in self._cells if set(self._displays.get(cell["id"], ())) & set(updates)]:
            outputs = list(cell["outputs"])
            for index, name in enumerate(self._displays[cell["id"]]):
                if name is not None and name in updates:
                    outputs[index] = _valid({**outputs[index], **updates[name]})
            self._replace(number_of(cell), {**cell, "outputs": outputs})

    def delete(self, number: int) -> None:
        """Remove a cell; its number is not used again."""
        cell = self._cells.pop(self._index(number))
        self._written.pop(cell["id"])
        self._displays.pop(cell["id"], None)
        self._save()

    def move(self, number: int, after: int) -> None:
        """Put a cell behind the cell `after`, or to the top for 0."""
        if number == after:
            raise NotebookError(f"cell {number} cannot be moved behind itself")
        self._place(after)
        cell = self._cells.pop(self._index(number))
        self._cells.insert(self._place(after), cell)
        self._save()

    def _add(self, cell: Cell, source: str, after: int | None, facts: Mapping[str, Any]) -> int:
        place = self._place(after)
        self._last_number += 1
        number = self._last_number
        metadata = {"seer": {"number": number, **facts}}
        cell |= {"id": f"cell-{number}", "source": _encodable(source), "metadata": metadata}
        self._written[cell["id"]] = _serialised(cell)
        self._cells.insert(place, cell)
        self._save()
        return number

    def _place(self, after: int | None) -> int:
        if after is None:
            return len(self._cells)
        return 0 if after == 0 else self._index(after) + 1

    def _index(self, number: int) -> int:
        for index, cell in enumerate(self._cells):
            if cell["id"] == f"cell-{number}":
                return index
        there = ", ".join(str(number_of(cell)) for cell in self._cells)
        raise NotebookError(
            f"there is no cell {number}; the notebook has the cells {there}" if there else "no cell yet"
        )

    def _replace(self, number: int, cell: Cell) -> None:
        self._written[cell["id"]] = _serialised(cell)
        self._cells[self._index(number)] = cell
        self._save()

    def _save(self) -> None:
        """Write the whole file beside the old one and put it in its place; the next change tries again what failed.

        A killed process loses nothing that was written; a crash of the whole machine might, which an fsync for every
        cell would not be worth.
        """
        cells = ",\n".join(self._written[cell["id"]] for cell in self._cells)
        metadata = json.dumps(_METADATA, indent=1)
        text = f'{{"cells": [\n{cells}\n],\n"metadata": {metadata},\n"nbformat": 4, "nbformat_minor": 5}}\n'
        try:
            _put(self._path, text, self._keep_older)
        except OSError as error:
            if not self.unsaved:
                logger.warning("%s cannot be written, so the notebook is only in the log: %s", self._path, error)
            self.unsaved = f"{self._path.name} cannot be written on the host: {error.strerror or error}"
        else:
            self.unsaved, self._keep_older = "", None


def _put(path: Path, text: str, keep: Path | None) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        if keep is not None and path.exists():
            path.replace(keep)
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def number_of(cell: Cell) -> int:
    """The number of a cell."""
    return int(cell["id"].removeprefix("cell-"))


def _serialised(cell: Cell) -> str:
    """One validated cell as JSON, its lines apart as nbformat writes them."""
    import nbformat  # with what it checks by, a second
    from nbformat.v4.rwbase import split_lines

    notebook = nbformat.from_dict({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    nbformat.validate(notebook)
    (written,) = split_lines(notebook)["cells"]
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True)


def _display_id(output: Output) -> str | None:
    name: str | None = output.get("transient", {}).get("display_id")
    return name


def _valid(output: Output) -> Output:
    """An output as the notebook format allows it, whatever a cell has published."""
    output = {key: value for key, value in output.items() if key != "transient"}
    if "data" in output:
        data = {str(mime): _valid_data(str(mime), value) for mime, value in output["data"].items()}
        output = {**output, "data": data, "metadata": output.get("metadata") or {}}
    for kind in ("text", "evalue", "ename"):
        if kind in output:
            output[kind] = _encodable(output[kind])
    if "traceback" in output:
        output["traceback"] = [_encodable(line) for line in output["traceback"]]
    return output


def _valid_data(mime: str, value: Any) -> Any:
    if mime.startswith("application/") and mime.endswith("json"):
        return json.loads(json.dumps(value), parse_constant=str)
    return _encodable(value if isinstance(value, str) else json.dumps(value))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
