"""The notebooks that investigators left, out of a log."""

from pathlib import Path

import nbformat
from inspect_ai.log import read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries

from seer_evals.analysis.logs import reading
from seer_evals.lab.notebook import notebooks_in


def extract_notebooks(log: str, folder: Path, sample_id: str | None = None) -> list[Path]:
    """Write every notebook of a log as `<sample>-<epoch>-<kernel>.ipynb`.

    Args:
        log: An .eval file.
        folder: Where to write; made if missing.
        sample_id: Only those of this sample.

    Raises:
        ValueError: It is no log, or no sample has that id; the message lists those that exist.
    """
    with reading(log):
        read_eval_log(log, header_only=True)
        summaries = read_eval_log_sample_summaries(log)
    wanted = [summary for summary in summaries if sample_id is None or str(summary.id) == sample_id]
    if not wanted:
        raise ValueError(
            f"no sample {sample_id!r} in this log; it has: {', '.join(str(summary.id) for summary in summaries)}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for summary in wanted:
        sample = read_eval_log_sample(log, id=summary.id, epoch=summary.epoch, resolve_attachments=True)
        for name, notebook in notebooks_in(sample).items():
            path = folder / f"{str(summary.id).replace('/', '_')}-{summary.epoch}-{name}.ipynb"
            nbformat.write(notebook, path)
            written.append(path)
    return written
