"""What is written of a plan: a page, an experiment with what is left open, a study that refuses to run."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, ModelUsage, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo

from seer_evals.checks.study import check_study
from seer_evals.cli import main
from seer_evals.drafts import Draft, Paper, as_experiment, as_markdown, begin_study, draft, study_name
from seer_evals.experiments import ExperimentError, load_experiment
from seer_evals.prompting import placeholders
from tests.drafts.papers import FOLDER, missing, paper, reply, stated
from tests.scripted import scripted

SAID: list[str] = []
"""What the model of this file says next."""
ASKED: list[tuple[str, int]] = []
"""What it was asked, and how many tools it had."""


@modelapi(name="reader_of_tests")
class Reader(ModelAPI):
    """A model of a provider that the command finds by name, as it finds any."""

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        ASKED.append((input[-1].text, len(tools)))
        if not SAID:
            raise OSError("no route to the provider")
        output = ModelOutput.from_content("reader", SAID.pop(0))
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output


@pytest.fixture(autouse=True)
def nothing_said() -> Iterator[None]:
    SAID.clear()
    ASKED.clear()
    yield


async def of(name: str, **changed: Any) -> tuple[Draft, Paper]:
    return await draft(scripted([], then=reply(name, **changed)), paper(name)), paper(name)


HOSTILE = (
    'A claim"\n\u2028least: 0.001\x85task: /etc/passwd # </p><script>alert(1)</script> `x` [y](http://z) '
    "{word} $name TODO\x1b[2J"
)


async def hostile() -> tuple[Draft, Paper]:
    text = f"The text of a paper that is long enough to be read, with this: {' '.join(HOSTILE.split())}. The end."
    source = Paper.of(f"../{HOSTILE}.md", text)
    said = {
        field: stated(HOSTILE, "this: " + " ".join(HOSTILE.split())) for field in ("claim", "control", "verdict_rule")
    }
    said["verdict_rule"] = {"status": "inferred", "value": "0.3\nleast: 0.1", "quotations": [], "reason": HOSTILE}
    found = await draft(scripted([], then=json.dumps(missing(**said))), source)
    assert found.plan.claim.value == HOSTILE and found.plan.control.quotations
    return found, source


async def test_the_page_has_every_field_with_its_words_and_their_places() -> None:
    page = as_markdown(*await of("felt-words"))
    assert "## n: contradictory" in page and "“Over 24 prompts it names the injected word” (line 5)" in page
    assert "## verdict_rule: stated" in page and "`introspection` measures this" in page
    assert "## comparison: inferred" in page and "Reason: hits are held against" in page
    assert page.index("## In plain words") < page.index("## What would count against it") < page.index("## claim")


async def test_the_page_has_what_was_refused() -> None:
    page = as_markdown(
        *await of("copying-heads", control=stated("zero ablation", "Random heads were replaced as well."))
    )
    assert "## control: missing" in page and "## What was refused" in page
    assert "Random heads were replaced as well." in page.split("## What was refused")[1]
    assert "No study of this package measures this." in page


async def test_others_words_are_no_markup_on_the_page() -> None:
    page = as_markdown(*await hostile())
    for line in page.splitlines():
        assert line.startswith(("    ", "Read by")) or not re.search(r"<|http:|\[y\]|`x", line)
    assert "\x1b" not in page and "\u2028" not in page and "\x85" not in page


async def test_an_experiment_has_what_the_paper_says_and_is_refused_until_nothing_is_left_open(tmp_path: Path) -> None:
    path = tmp_path / "exp.yaml"
    path.write_text(as_experiment(*await of("refusal-subspace")), encoding="utf-8")
    with pytest.raises(ExperimentError) as caught:
        load_experiment(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2 and all(f"exp.yaml: vary.arms.{arm} is left open: say what" in str(caught.value) for arm in
                                   ("control", "intervention"))  # fmt: skip
    assert "random direction of the same norm" in lines[0]
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert written["task"] == "seer_evals/refusal_direction" and written["verdict"] == {"metric": "right", "least": 0.4}
    written["vary"]["arms"] = {
        "control": {"solver": "seer_evals/baseline"},
        "intervention": {"task.args.hints": "none"},
    }
    path.write_text(yaml.safe_dump(written))
    assert list(load_experiment(path).arms()) == ["control", "intervention"]


@pytest.mark.slow
def test_an_experiment_that_is_finished_is_priced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = yaml.safe_load(as_experiment(*anyio.run(of, "refusal-subspace")))
    arms = {"control": {"task.args.technique": "guess"}, "intervention": {"task.args.technique": "refusal-direction"}}
    path = tmp_path / "exp.yaml"
    path.write_text(yaml.safe_dump({**written, "model": "none", "vary": {"arms": arms}}))
    assert main(["experiment", "check", str(path)]) == 0
    assert "intervention: 3 samples of 2 organisms; sandboxes at most 0.00 dollars" in capsys.readouterr().out


async def test_nothing_that_is_missing_has_a_default(tmp_path: Path) -> None:
    path = tmp_path / "exp.yaml"
    path.write_text(as_experiment(*await of("copying-heads")), encoding="utf-8")
    with pytest.raises(ExperimentError) as caught:
        load_experiment(path)
    left = [line.split(" is left open")[0] for line in str(caught.value).splitlines()]
    assert left == [
        f"exp.yaml: {place}" for place in ("task", "vary.arms.control", "vary.arms.intervention", "verdict.least")
    ]


@pytest.mark.parametrize(
    ("value", "quotation", "least"),
    [
        ("20 percentage points or more", "by 20 percentage points or more", 0.2),
        ("20 points, twice", "hits exceed false alarms by 20 percentage points or more", None),
        ("hits exceed false alarms", "if hits exceed false alarms by 20 percentage points", None),
    ],
)
async def test_only_a_rule_with_one_number_between_0_and_1_is_a_number_of_the_verdict(
    value: str, quotation: str, least: float | None
) -> None:
    found = as_experiment(*await of("felt-words", verdict_rule=stated(value, quotation)))
    said = yaml.safe_load(found)["verdict"]["least"]
    assert said == least or (least is None and said.startswith("TODO"))


async def test_an_inferred_rule_is_no_rule() -> None:
    rule = {"status": "inferred", "value": "0.3", "quotations": [], "reason": "It is usual."}
    assert yaml.safe_load(as_experiment(*await of("copying-heads", verdict_rule=rule)))["verdict"]["least"].startswith(
        "TODO"
    )


async def test_others_words_are_no_fields_of_an_experiment() -> None:
    written = yaml.safe_load(as_experiment(*await hostile()))
    assert set(written) == {"name", "question", "task", "vary", "verdict"}
    assert re.fullmatch(r"[A-Za-z0-9-]+", written["name"]) and written["task"].startswith("TODO")
    assert set(written["vary"]["arms"]) == {"control", "intervention"} and written["verdict"]["least"].startswith(
        "TODO"
    )


async def test_a_study_asks_the_question_of_the_paper_and_refuses_until_control_and_reference_are_written(
    tmp_path: Path,
) -> None:
    folder = begin_study(*await of("refusal-subspace"), "declining", tmp_path)
    question = (folder / "question.md").read_text(encoding="utf-8")
    assert "One direction in the residual stream" in question and "TODO" not in question
    assert "## control: stated" in (folder / "README.md").read_text(encoding="utf-8")
    (problem,) = check_study(folder)
    assert "declining/control.py is still to be written: look for TODO in it" in problem
    write(folder / "control.py", "raise NotImplementedError", 'return [ModelSpec(organism="preference-llama-1")]  #')
    (problem,) = check_study(folder)
    assert "declining/reference.py is still to be written" in problem
    write(folder / "reference.py", "raise NotImplementedError", 'return {"figures": {}, "effect": False}  #')
    assert check_study(folder) == []


def write(path: Path, stub: str, instead: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert stub in text
    path.write_text(text.replace(stub, instead).replace("TODO", ""), encoding="utf-8")


async def test_what_the_paper_lacks_is_left_open_in_the_question_of_a_study(tmp_path: Path) -> None:
    folder = begin_study(*await of("copying-heads"), "heads", tmp_path)
    question = (folder / "question.md").read_text(encoding="utf-8")
    assert question.count("TODO") == 2 and "missing in the paper" in question
    assert "heads/question.md is still to be written" in check_study(folder)[0]


async def test_others_words_are_neither_code_nor_placeholders_of_a_study(tmp_path: Path) -> None:
    folder = begin_study(*await hostile(), "mine", tmp_path)
    assert {path.name for path in tmp_path.rglob("*")} == {"mine", *(path.name for path in folder.iterdir())}
    for path in folder.glob("*.py"):
        assert "passwd" not in path.read_text(encoding="utf-8")
    (problem,) = check_study(folder)
    assert "question.md is still to be written" in problem
    assert placeholders((folder / "question.md").read_text(encoding="utf-8")) == {"hints"}


@pytest.mark.parametrize(
    ("paper_file", "name"),
    [("Refusal Is One.pdf", "refusal_is_one"), ("2406.11717.pdf", "paper_2406_11717"), ("–.md", "paper")],
)
def test_a_study_has_a_name_made_of_the_papers(paper_file: str, name: str) -> None:
    assert study_name(paper_file) == name


def command(*words: str) -> int:
    return main(["draft", *words])


def test_the_command_says_the_plan_and_writes_the_experiment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SAID.append(reply("refusal-subspace"))
    out = tmp_path / "exp.yaml"
    assert command(str(FOLDER / "refusal-subspace.md"), "--model", "reader_of_tests/one", "--out", str(out)) == 0
    said = capsys.readouterr().out
    assert "## control: stated" in said and f"seer experiment check {out}" in said
    assert [tools for _, tools in ASKED] == [0]
    assert main(["experiment", "check", str(out)]) == 2
    assert "vary.arms.control is left open" in capsys.readouterr().err


def test_the_command_says_how_a_study_is_begun_and_begins_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = shutil.copy(FOLDER / "copying-heads.md", tmp_path)
    SAID.extend([reply("copying-heads")] * 2)
    assert command(str(file), "--model", "reader_of_tests/two") == 0
    assert "seer study new copying_heads --into .." in capsys.readouterr().out
    assert command(str(file), "--model", "reader_of_tests/two", "--study", "heads", "--into", str(tmp_path)) == 0
    assert (tmp_path / "heads" / "reference.py").is_file() and "seer study check" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "say who reads the paper: --model MODEL"),
        (["--model", "reader_of_tests/x"], "could not be asked: OSError: no route to the provider"),
        (["--model", "reader_of_tests/x", "--study", "My-Study"], "cannot be a study's name"),
        (["--model", "reader_of_tests/x", "--out", str(FOLDER)], "is there already"),
        (["--model", "no_such_provider/x"], "no_such_provider"),
    ],
)
def test_what_is_wrong_is_said_before_anybody_is_asked(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(str(FOLDER / "copying-heads.md"), *words) == 2
    assert message in capsys.readouterr().err


def test_a_refusal_is_no_plan(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    SAID.extend(["I will not read that."] * 3)
    out = tmp_path / "exp.yaml"
    assert command(str(FOLDER / "copying-heads.md"), "--model", "reader_of_tests/y", "--out", str(out)) == 2
    assert "no plan came of copying-heads.md" in capsys.readouterr().err and not out.exists()


def test_an_answer_with_control_characters_is_said_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    SAID.append(reply("copying-heads", why_study="\x1b]0;title\x07None of them."))
    assert command(str(FOLDER / "copying-heads.md"), "--model", "reader_of_tests/z") == 0
    assert "\x1b" not in capsys.readouterr().out
