"""The way from logs to a frame: Inspect's `samples_df` for each log, and below each sample a list of things."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_ai.analysis import Column, SampleColumn, samples_df
from inspect_ai.log import EvalLog, EvalSample

from seer_evals.analysis.frames._columns import COLUMNS, Kind
from seer_evals.analysis.logs import WANTED, logs_at, read_log

if TYPE_CHECKING:
    import pandas as pd

Logs = str | Path | EvalLog | Sequence[str | Path | EvalLog]
"""An .eval or .json file, a directory of them, a log that was read, or several of those."""
Thing = Mapping[str, Any]
UNREAD = {"events", "messages", "timelines"}
"""What files are read without. Timelines point at events, and cannot be read without them."""
IDENTITY: list[Column] = [
    SampleColumn("id", path=lambda sample: str(sample.id), required=True),
    SampleColumn("epoch", path="epoch", required=True),
]
_THINGS = "things"


def opened(logs: Logs) -> Iterator[EvalLog]:
    """Each log, read if need be; one that is named twice comes once.

    Raises:
        FileNotFoundError: There is none at a path.
        NoLog: A file is none.
    """
    given = [logs] if isinstance(logs, str | Path | EvalLog) else list(logs)
    seen: set[str] = set()
    for each in given:
        if isinstance(each, EvalLog) and each.samples is not None:
            yield each
            continue
        path = each.location if isinstance(each, EvalLog) else each
        locations = [path] if isinstance(each, EvalLog) else logs_at(path)
        if not locations:
            raise FileNotFoundError(f"no log at {path}: {WANTED}")
        for location in map(str, locations):
            if location not in seen:
                seen.add(location)
                yield read_log(location, resolve_attachments=True, exclude_fields=UNREAD)


def rows(log: EvalLog, things: Callable[[EvalSample], Iterable[Thing]], columns: Sequence[Column] = ()) -> list[Thing]:
    """What a log's samples hold, each thing with what tells its sample.

    Args:
        log: One that was read.
        things: What a sample holds, in plain values.
        columns: What else each has, as Inspect's frames take it.
    """
    if not log.samples:
        return []

    def listed(sample: EvalSample) -> list[Thing]:
        return list(things(sample))

    found = samples_df(log, [*columns, *IDENTITY, SampleColumn(_THINGS, path=listed, full=True)], quiet=True)
    return [{**row, **thing} for row in records(found) for thing in json.loads(row.pop(_THINGS))]


_CONTRACT = """

Args:
    logs: Files, directories, logs that were read, or several of them.

Returns:
    The columns of `COLUMNS["{}"]`.

Raises:
    FileNotFoundError: There is no log at a path.
    ValueError: A file is no log.
"""


def of_logs(things: Callable[[EvalLog], Iterable[Thing]]) -> "Callable[[Logs], pd.DataFrame]":
    """The frame that is called like a function which says what rows one log has."""

    def framed(logs: Logs) -> "pd.DataFrame":
        return frame(things.__name__, (row for log in opened(logs) for row in things(log)))

    framed.__name__ = framed.__qualname__ = things.__name__
    framed.__module__ = things.__module__
    framed.__doc__ = cleandoc(things.__doc__ or "") + _CONTRACT.format(things.__name__)
    return framed


def frame(name: str, found: Iterable[Thing]) -> "pd.DataFrame":
    """Rows as the frame of that name: all its columns and no others, each of its type, however few rows there are."""
    import pandas as pd

    listed = list(found)
    columns = {
        column: pd.Series([_plain(row.get(column)) for row in listed], dtype=_dtype(kind))
        for column, (kind, _) in COLUMNS[name].items()
    }
    return pd.DataFrame(columns)


def _plain(value: Any) -> Any:
    """Text that can be written: half of a pair of UTF-16 cannot."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _dtype(kind: Kind) -> "pd.ArrowDtype":
    import pandas as pd
    import pyarrow as pa

    types = {
        "number": pa.float64(),
        "count": pa.int64(),
        "yes or no": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    return pd.ArrowDtype(types.get(kind, pa.string()))


def records(found: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a frame as Python has them: None for what is missing."""
    import pandas as pd

    columns = {str(name): [None if value is pd.NA else value for value in found[name]] for name in found.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
