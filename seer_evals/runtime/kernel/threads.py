"""Let what a thread prints go to the cell that started it, not to the one that happens to run.

ipykernel keeps the current cell in context variables, which new threads do not inherit. Only these are handed on here:
to a thread from whoever starts it, and to a job of a thread pool from whoever submits it.
"""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

_start = threading.Thread.start
_submit = ThreadPoolExecutor.submit


def install(display_publisher: Any) -> None:
    """Change `Thread.start` and `ThreadPoolExecutor.submit` for good."""

    def for_this_cell(function: Callable[..., Any]) -> Callable[..., Any]:
        sources: list[Any] = [sys.stdout, sys.stderr, display_publisher]  # a cell may have put another stream there
        variables = [each._parent_header for each in sources if hasattr(each, "_parent_header")]
        headers = [(variable, variable.get()) for variable in variables if variable.get(None) is not None]

        def run(*args: Any, **kwargs: Any) -> Any:
            for variable, header in headers:
                variable.set(header)
            return function(*args, **kwargs)

        return run

    def start(thread: threading.Thread) -> None:
        inner = for_this_cell(thread.run)

        def run() -> None:
            del thread.run  # or the thread would hold itself
            inner()

        thread.run = run  # type: ignore[method-assign]
        _start(thread)

    def submit(pool: ThreadPoolExecutor, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return _submit(pool, for_this_cell(function), *args, **kwargs)

    threading.Thread.start = start  # type: ignore[method-assign,assignment]
    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign,assignment]
