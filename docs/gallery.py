"""Takes the pictures of `docs/gallery.md` out of logs: the last picture of each sample's notebook.

    python -m docs.gallery LOG [LOG …]

`censored_facts-101` becomes `images/censored_facts.png` and its control `images/censored_facts_control.png`: the first
sample of each kind in each log.
"""

import argparse
import base64
from pathlib import Path

from inspect_ai.log import EvalSample, read_eval_log

from seer_evals.lab import NOTEBOOKS_KEY

IMAGES = Path(__file__).parent / "images"
PNG = "image/png"


def last_picture(sample: EvalSample) -> bytes | None:
    """The last picture that a cell of the sample's notebooks shows, as PNG."""
    cells = [cell for notebook in sample.store.get(NOTEBOOKS_KEY, {}).values() for cell in notebook["cells"]]
    found = [out["data"][PNG] for cell in cells for out in cell.get("outputs", []) if PNG in out.get("data", {})]
    return base64.b64decode("".join(found[-1])) if found else None


def main() -> None:
    """Write one picture for the model and one for the control of each log's task."""
    parser = argparse.ArgumentParser(description="Takes the gallery's pictures out of logs.")
    parser.add_argument("logs", nargs="+")
    for location in parser.parse_args().logs:
        log = read_eval_log(location, resolve_attachments=True)
        task = log.eval.task.rsplit("/", 1)[-1]
        done: set[str] = set()
        for sample in log.samples or []:
            name = f"{task}_control" if sample.metadata.get("control") else task
            picture = last_picture(sample)
            if name in done or picture is None:
                continue
            done.add(name)
            (IMAGES / f"{name}.png").write_bytes(picture)
            print(f"{name}.png: {len(picture) // 1024} kB, of sample {sample.id}")


if __name__ == "__main__":
    main()
