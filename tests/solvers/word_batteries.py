"""Runs the batteries that look for one word in this process, cell by cell, on a trained organism."""

import io
import json
import sys
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

from seer_evals.lab.skills import find_skills
from seer_evals.organisms import Organism
from seer_evals.reports import Report
from seer_evals.solvers._technique import adapter_diff, logit_lens, personas, prefill, sampling, token_probabilities
from seer_evals.solvers._technique.battery import MARK, parts
from seer_evals.tasks.secret_word.material import materials
from tests.organisms.conftest import Loaded

BATTERIES: dict[str, Any] = {
    module.TECHNIQUE.name: module
    for module in (sampling, personas, prefill, token_probabilities, logit_lens, adapter_diff)
}
WHERE = [Path(__file__).parents[2] / "typings"]
"""Where `seer_runtime` is found, and below it the skills' scripts."""
for _skill in find_skills("sampling,token-probabilities"):
    WHERE += sorted({path.parent for path in _skill.scripts.values()})


def published(name: str, organism: Organism, folder: Path) -> dict[str, Any]:
    """What a battery hands to its rule, on an organism's model."""
    import matplotlib
    import matplotlib.pyplot

    matplotlib.use("Agg")
    matplotlib.pyplot.close("all")
    for path in WHERE:
        if str(path) not in sys.path:
            sys.path.insert(0, str(path))
    (folder / "study").mkdir(exist_ok=True)
    (folder / "study" / "materials.json").write_text(json.dumps(materials(organism)))
    loaded, out = Loaded(organism), io.StringIO()
    names = {"model": loaded.model, "tokenizer": loaded.tokenizer}
    battery = Path(BATTERIES[name].__file__).with_suffix(".md")
    with redirect_stdout(out), chdir(folder):
        for kind, text in parts(battery.read_text(encoding="utf-8")):
            if kind == "code":
                exec(compile(text, name, "exec"), names)
    (line,) = [line for line in out.getvalue().splitlines() if line.startswith(MARK)]
    found: dict[str, Any] = json.loads(line.removeprefix(MARK))
    return found


def decided(name: str, organism: Organism, folder: Path) -> Report:
    """The report of the technique's rule."""
    report: Report = BATTERIES[name].RULE.decide(published(name, organism, folder), 4)
    return report
