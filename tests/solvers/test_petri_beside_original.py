"""`petri` and Petri itself, run as a user runs them and compared."""

import json
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval

from seer_evals.analysis.compare import as_tables, audit_differences, harnesses, read_logs
from seer_evals.analysis.compare._audits import audit_scores
from seer_evals.inspect_private import init_model_roles
from seer_evals.solvers.petri import petri
from seer_evals.solvers.petri_original import petri_original
from seer_evals.tasks.petri_audit import petri_audit
from tests.scripted import scripted
from tests.solvers.test_petri_original import SEED, WITHOUT, Turn, answer, auditor, begin, target


def test_it_and_petri_on_the_same_seeds_are_in_one_table(tmp_path: Path) -> None:
    """Two evaluations into one folder, and `seer compare` of it."""
    pytest.importorskip("inspect_petri", reason=WITHOUT)
    found = {"petri": 2, "petri_original": 7}
    ours: Turn = [("set_system_message", {"text": "Be brief."}), ("send_message", {"text": "Hello."})]
    turns = {"petri": ours, "petri_original": begin("Hello.")}
    ends = {"petri": ("end_audit", {"summary": "Nothing."}), "petri_original": ("end_conversation", {})}
    for name, harness in (("petri", petri), ("petri_original", petri_original)):
        verdict = {"dimension": "overrefusal", "reasoning": "So it seems.", "score": found[name]}
        cited = {**verdict, "citations": [{"message": 3, "quote": "Hello."}]}
        roles = {
            "auditor": auditor([turns[name]], then=[ends[name]]),
            "target": target([answer("Hello.")]),
            "judge": scripted([], then=json.dumps({"verdicts": [cited]})),
        }
        init_model_roles(roles)  # type: ignore[arg-type]
        [log] = run_eval(
            petri_audit(seeds=SEED, dimensions="overrefusal"),
            solver=harness(max_turns=5),
            model="none",
            model_roles=roles,  # type: ignore[arg-type]
            log_dir=str(tmp_path),
            display="none",
        )
        assert log.status == "success", log.error
    first, second = sorted(harnesses(read_logs(tmp_path)), key=lambda row: len(row.name))
    assert (first.name, second.name) == ("petri", "petri_original")
    lines = {line.name: [each.value for each in line.estimates] for line in audit_scores([first, second])}
    assert lines["audits"] == [1, 1] and lines["of which null"] == [0, 0]
    assert lines["petri_overrefusal (controls)"] == [2, 7]
    assert audit_differences([first, second])[0].startswith("petri minus petri_original on 1 shared audit")
    what, took = as_tables([first, second])
    assert [column.header for column in what.columns] == ["dimension", "petri", "petri_original"]
    assert took.row_count == 2
