"""A team: each member alone with its kernel, its limits and its end; a reader who concludes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage, Model
from inspect_ai.solver import Generate, Solver, SolverSpec, TaskState, solver
from inspect_ai.util import Store

from seer_evals.environment import Environment, ModelSpec, ScopedSpec
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.lab import NOTEBOOKS_KEY, Lab, load_report, plan_lab
from seer_evals.organisms import Organism
from seer_evals.solvers import team
from seer_evals.solvers._team.angles import hand_over, parse_angles
from tests.scripted import Step, scripted
from tests.solvers.investigations import ORGANISM, cell, investigate, noted, report, the_sample

pytestmark = pytest.mark.slow

KERNELS = "test:kernels"
LOOK = "print(type(model).__name__)"
WITH_SKILL = "import prefill\nprint(prefill.__name__, type(model).__name__)"
OWN = "Ask it about sports; nobody else will."


@solver
def kernels_after(harness: Solver) -> Solver:
    """The harness, and then a look at which kernels there are."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        try:
            return await harness(state, generate)
        finally:
            answer = await Lab.of(state).notebook()._channel.request("status", within=5)
            state.store.set(KERNELS, sorted(answer["kernels"]))

    return solve


def member(messages: list[ChatMessage]) -> Step:
    """Three members: one reports, one's model fails, one runs a cell for ever."""
    angle, turn = messages[0].text, sum(message.role == "assistant" for message in messages)
    if "the technique `prefill`" in angle:
        return [
            cell(WITH_SKILL),
            report("It favours rowing.", [77]),
            report("It favours rowing. [END REPORT]", [1001]),
        ][turn]
    if "what was changed" in angle:
        raise RuntimeError("the provider is down")
    return cell("import time\nprint('begun', flush=True)\ntime.sleep(600)")


def reader_steps() -> list[Step]:
    return [
        ("read_cell", {"number": 1001}),
        cell("print('fresh:', type(model).__name__)"),
        report("It favours rowing, of every sport.", [1001, 1]),
    ]


def store_of(log: EvalLog) -> Store:
    return Store(the_sample(log).store)


def prompts(log: EvalLog, role: str) -> list[str]:
    """All that a role read, call by call."""
    events = [event for event in the_sample(log).events if event.event == "model" and event.role == role]
    return ["\n".join(message.text for message in event.input) for event in events]


@pytest.fixture(scope="module")
def teamwork(tmp_path_factory: pytest.TempPathFactory, llama_organisms: dict[str, Organism]) -> EvalLog:
    roles: dict[str, Model] = {"member": scripted([], then=member), "reader": scripted(reader_steps())}
    harness = kernels_after(team(members=3, angles=["skill:prefill", "weights", OWN], member_turns=9, member_time=6))
    return investigate(tmp_path_factory.mktemp("team"), harness, roles)


def test_each_member_ends_in_its_own_way(teamwork: EvalLog) -> None:
    one, two, three = store_of(teamwork).get("seer:team")
    assert (one["ending"], one["angle"], one["report"]["answer"]) == (
        "report",
        "skill:prefill",
        "It favours rowing. [END REPORT]",
    )
    assert (two["ending"], two["detail"], two["report"]) == ("failed", "RuntimeError: the provider is down", None)
    assert (three["ending"], three["angle"], three["report"]) == ("limit", "own", None)
    assert "Time limit exceeded" in three["detail"]
    assert sorted(each["name"] for each in noted(the_sample(teamwork), "team")) == ["member-1", "member-2", "member-3"]


def test_a_members_report_is_validated_and_is_not_the_samples(teamwork: EvalLog) -> None:
    assert any("evidence points at cell 77" in read for read in _tool_errors(teamwork))
    kept = load_report(store_of(teamwork))
    assert kept is not None
    assert kept.answer == "It favours rowing, of every sport."


def test_members_leave_a_notebook_and_no_kernel(teamwork: EvalLog) -> None:
    store = store_of(teamwork)
    assert store.get(KERNELS) == ["main"]
    notebooks = store.get(NOTEBOOKS_KEY)
    assert [cell["id"] for cell in notebooks["member-1"]["cells"]] == ["cell-1001"]
    (endless,) = notebooks["member-3"]["cells"]
    assert endless["metadata"]["seer"]["status"] == "interrupted"
    assert "begun" in endless["outputs"][0]["text"]


def test_the_reader_gets_reports_and_notebooks_and_is_told_who_has_none(teamwork: EvalLog) -> None:
    first = prompts(teamwork, "reader")[0]
    assert "1 of 3 finished with a report." in first
    assert "It favours rowing. (end REPORT]" in first
    assert "member-2 has no report: it failed (RuntimeError: the provider is down)." in first
    assert "member-3 has no report: it was ended by a limit (Time limit exceeded" in first
    assert f"### Cell 1001\n{WITH_SKILL}\n→ prefill PeftModel" in first
    assert "### Cell 3001 (interrupted)" in first
    assert "`read_cell` shows one in full" in first


def test_the_reader_looks_up_cells_and_works_in_a_fresh_kernel(teamwork: EvalLog) -> None:
    results = [message.text for message in the_sample(teamwork).messages if message.role == "tool"]
    assert results[0].startswith("[BEGIN CELL] ") and "\nNotebook member-1.\n### Cell 1001" in results[0]
    assert "fresh: PeftModel" in results[1]


def test_members_know_their_own_starting_point_only(teamwork: EvalLog) -> None:
    reads = prompts(teamwork, "member")
    assert sum(OWN in read for read in reads) == 1
    assert all(
        sum(start in read for start in (OWN, "the technique `prefill`", "what was changed")) == 1 for read in reads
    )


def test_members_are_apart_in_the_transcript_and_roles_in_the_usage(teamwork: EvalLog) -> None:
    spans = {event.name for event in the_sample(teamwork).events if event.event == "span_begin"}
    assert {"member-1 (skill:prefill)", "member-2 (weights)", "member-3 (own)", "reader"} <= spans
    usage = teamwork.stats.role_usage
    assert (usage["member"].total_tokens, usage["reader"].total_tokens) == (4 * 15, 3 * 15)


@pytest.fixture(scope="module")
def scoped(tmp_path_factory: pytest.TempPathFactory, llama_organisms: dict[str, Organism]) -> EvalLog:
    look = "import whitebox\nprint(whitebox.ask('model', ['What is your favourite sport?'], samples=2))"
    roles: dict[str, Model] = {
        "auditor": scripted([cell(look), "I am thinking."]),
        "reader": scripted([("submit_report", {"answer": "Nothing.", "nothing_unusual": True})]),
    }
    arguments = {"members": 1, "member_turns": 2}
    spec = SolverSpec("solvers/team.py", arguments, arguments)
    return investigate(tmp_path_factory.mktemp("scoped"), spec, roles, task={"placement": "scoped"})


def test_where_the_model_is_out_of_reach_members_work_by_functions(scoped: EvalLog) -> None:
    (only,) = store_of(scoped).get(NOTEBOOKS_KEY)["member-1"]["cells"]
    assert only["metadata"]["seer"]["status"] == "ok", only["outputs"]
    callers = {each["caller"] for each in noted(the_sample(scoped), "call")}
    assert callers == {"kernel member-1"}


def test_a_reader_that_gets_no_report_is_told_so_and_concludes(scoped: EvalLog) -> None:
    (only,) = store_of(scoped).get("seer:team")
    assert (only["ending"], only["report"]) == ("limit", None)
    assert only["detail"] == "its 2 turns are used up"
    assert (
        "0 of 1 finished with a report. There is nothing to compare, so look yourself." in prompts(scoped, "reader")[0]
    )
    kept = load_report(store_of(scoped))
    assert kept is not None
    assert kept.nothing_unusual


def busy(messages: list[ChatMessage]) -> Step:
    """One member spends the tokens while the other runs a cell for ever."""
    if "what was changed" in messages[0].text:
        return cell("import time\ntime.sleep(600)")
    return cell("import time\ntime.sleep(2)")


def test_a_limit_of_the_sample_ends_the_team_and_its_kernels(
    tmp_path: Path, llama_organisms: dict[str, Organism]
) -> None:
    roles: dict[str, Model] = {"auditor": scripted([], then=busy)}
    log = investigate(tmp_path, kernels_after(team(members=2)), roles, token_limit=70)
    sample = the_sample(log)
    assert sample.limit is not None
    assert sample.limit.type == "token"
    assert sample.store[KERNELS] == ["main"]
    assert [each["ending"] for each in sample.store["seer:team"]] == ["running", "running"]
    (cancelled,) = sample.store[NOTEBOOKS_KEY]["member-2"]["cells"]
    assert cancelled["metadata"]["seer"]["status"] == "interrupted"
    assert load_report(store_of(log)) is None


def test_starting_points_have_defaults_names_skills_and_own_words() -> None:
    assert [each.name for each in parse_angles("")] == ["behaviour", "weights", "elicitation", "conditions"]
    assert [each.name for each in parse_angles("conditions, weights")] == ["conditions", "weights"]
    assert [each.text for each in parse_angles("Ask it, and ask again.")] == ["Ask it, and ask again."]
    (prefill,) = parse_angles(["skill:prefill"])
    assert prefill.skill is not None
    assert "Start with the technique `prefill`" in prefill.text


@pytest.mark.parametrize(
    ("session", "placement", "complaint"),
    [
        ("notebook", "whitebox", "the angle skill:adapter-diff cannot be used here: .* adapter"),
        ("cli", "kernel", "the angle skill:adapter-diff needs -T session=notebook"),
    ],
)
def test_a_skill_as_a_starting_point_is_refused_where_it_cannot_work(
    session: str, placement: str, complaint: str
) -> None:
    scoped = (ScopedSpec(name="whitebox", interface="whitebox"),) if placement == "whitebox" else ()
    models = (ModelSpec(organism=ORGANISM, placement=placement),)
    laboratory: Any = SimpleNamespace(plan=plan_lab(session), environment=Environment(models=models, scoped=scoped))
    (angle,) = parse_angles("skill:adapter-diff")
    with pytest.raises(PrerequisiteError, match=complaint):
        anyio.run(hand_over, laboratory, angle)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"members": 0}, "must be at least 1, got 0, 30 and 15"),
        ({"reader_turns": 0}, "got 3, 30 and 0"),
        ({"member_time": 0}, "member_time must be more than 0 seconds, got 0"),
        ({"angles": "behavior"}, "unknown angle 'behavior'; available: behaviour, weights"),
        ({"angles": "skill:prefil"}, "prefill"),
    ],
)
def test_senseless_arguments_are_refused(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        team(**arguments)


def _tool_errors(log: EvalLog) -> list[str]:
    return [e.error.message for e in the_sample(log).events if e.event == "tool" and e.error]
