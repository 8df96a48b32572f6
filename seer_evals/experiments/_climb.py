"""A climb in one file: which text is to be made better, on which organisms it is searched, and on which it is proved.

    name: sharper
    question: Is there a prompt with which the investigator is right more often?
    task: seer_evals/hidden_preference
    solver: seer_evals/single_agent
    model_roles: {auditor: {model: anthropic/claude-sonnet-4-5}}
    climb:
      component: {place: solver.args.prompts, start: prompts, file: single_agent.md}
      candidates: [terse.md, careful.md]
      search: {task.args.seeds: "1,2,3,4"}
      held_out: {task.args.seeds: "101,102,103,104,105,106,107,108"}
    verdict: {metric: right, least: 0.1}

All else is as in any experiment. What the search has found is held against the start in an ordinary experiment of two
arms, on organisms that the search never saw: `Climbing.proof`.
"""

from pathlib import Path
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from seer_evals.experiments._experiment import Experiment, ExperimentError, Rule, fields_in, read_as
from seer_evals.experiments._vary import NAME, Vary, put
from seer_evals.frozen import Frozen

START = "start"
"""The arm with the text as it was."""
PROOF = "held-out"
"""Name of the experiment in which the winner is held against the start."""
JUDGE = "model_roles.judge"
TEXTS = (".md", ".txt")
"""Endings of files that a model may write."""


class Component(Frozen):
    """The text that is searched.

    Attributes:
        place: Where in Inspect's configuration its folder, or file, is named: `solver.args.prompts`,
            `task.args.skills`.
        start: That folder, or file, as it is now; relative to where the experiment lies.
        file: The text in the folder: `single_agent.md`, `SKILL.md`. Empty if `start` is the file itself.
    """

    place: str
    start: str
    file: str = ""


class Reflection(Frozen):
    """Who proposes further texts, after a look at what the best one so far did on the search's organisms.

    Attributes:
        model: As Inspect names it.
        rounds: How often it is asked to improve on the best.
        each: Texts that it proposes in a round.
    """

    model: str = Field(min_length=1)
    rounds: int = Field(default=2, ge=1, le=16)
    each: int = Field(default=2, ge=1, le=16)


class Climb(Frozen):
    """What is searched, and on what.

    Attributes:
        component: The text, and where it is put.
        candidates: Files whose text is tried in its place; relative to where the experiment lies.
        reflection: Who proposes more of them.
        search: By place, what chooses the organisms that candidates are tried on.
        held_out: By place, what chooses those on which the winner and the start are run again.
        judge: Model (or models) that grade the final run: others than the search's judge and reflection.
    """

    component: Component
    candidates: list[str] = Field(default_factory=list)
    reflection: Reflection | None = None
    search: dict[str, Any] = Field(min_length=1)
    held_out: dict[str, Any] = Field(min_length=1)
    judge: str | list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_candidates(self) -> Self:
        if not self.candidates and self.reflection is None:
            raise ValueError("say candidates (files), or reflection (a model that proposes them), or both")
        file = Path(self.component.file or self.component.start)
        if self.reflection and file.suffix not in TEXTS:
            raise ValueError(
                f"reflection: a model writes {' or '.join(TEXTS)} files, not {file.name}, which may be run"
            )
        names = [Path(each).stem for each in self.candidates]
        if wrong := [name for name in names if not NAME.fullmatch(name) or name == START]:
            raise ValueError(f"{wrong[0]!r} cannot be a candidate's name: it is a folder's; not {START!r}, no spaces")
        if len(set(names)) < len(names):
            raise ValueError("two candidates have the same name; give their files different ones")
        return self

    @property
    def judges(self) -> list[str]:
        """Models of the final run's judge."""
        return [self.judge] if isinstance(self.judge, str) else self.judge


class Climbing(Frozen):
    """What the file says; all but `climb` as in an `Experiment`.

    Attributes:
        name: A folder's name.
        question: In words, answered by the verdict on the held-out organisms.
        inspect: The fields that are Inspect's own.
        climb: What is searched, and on what.
        verdict: The rule, for the search and for the proof; a false alarm costs `alarms` (1 where it is not said).
        budget_usd: Dollars for models. The search has half of it, the proof what is left.
    """

    name: str
    question: str
    inspect: dict[str, Any]
    climb: Climb
    verdict: Rule = Rule(alarms=1.0)
    budget_usd: float | None = Field(default=None, gt=0)

    @field_validator("verdict", mode="before")
    @classmethod
    def _alarms_count(cls, said: Any) -> Any:
        return {"alarms": 1.0, **said} if isinstance(said, dict) else said

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        final = judges_of(self.proof("winner", START, "winner").inspect)
        reflection = self.climb.reflection
        used = [*judges_of(self.searching(START)), *([reflection.model] if reflection else [])]
        if twice := [name for name in final if name in used]:
            raise ValueError(
                f"climb.judge: {twice[0]} is used by the search, which may have written to its taste; name another"
            )
        return self

    def searching(self, value: str, samples: list[str | int] | None = None) -> dict[str, Any]:
        """What Inspect is to run in the search.

        Args:
            value: The candidate's folder or file.
            samples: Ids of those that are run; without any, all.
        """
        changes = {**self.climb.search, self.climb.component.place: value}
        return put(self.inspect, changes if samples is None else {**changes, "eval_config.sample_id": samples})

    def proof(self, winner: str, start_value: str, winner_value: str) -> Experiment:
        """The experiment that decides: winner and start on the held-out organisms, with the final judge.

        Args:
            winner: The candidate's name.
            start_value: Folder or file of the start.
            winner_value: Those of the winner.
        """
        place, judges = self.climb.component.place, [{"model": name} for name in self.climb.judges]
        judge = {JUDGE: judges[0] if len(judges) == 1 else judges} if judges else {}
        return Experiment(
            name=PROOF,
            question=self.question,
            inspect=put(self.inspect, {**self.climb.held_out, **judge}),
            vary=Vary(arms={START: {place: start_value}, winner: {place: winner_value}}),
            verdict=self.verdict,
            budget_usd=self.budget_usd,
        )


def judges_of(config: dict[str, Any]) -> list[str]:
    """Names of the models that are bound to the role of the judge."""
    bound = (config.get("model_roles") or {}).get("judge") or []
    every = bound if isinstance(bound, list) else [bound]
    said = [str(each.get("model", "")) if isinstance(each, dict) else str(each) for each in every]
    return [name.strip() for each in said for name in each.split(",") if name.strip()]


def load(path: Path) -> Experiment | Climbing:
    """The experiment, or the climb, in a file.

    Raises:
        ExperimentError: It cannot be read, or something in it is wrong: all of it, a line each.
    """
    form: type[Experiment] | type[Climbing] = Climbing if "climb" in fields_in(path) else Experiment
    return read_as(form, path)


def load_climb(path: Path) -> Climbing:
    """The climb in a file.

    Raises:
        ExperimentError: It is none, or something in it is wrong.
    """
    found = load(path)
    if not isinstance(found, Climbing):
        raise ExperimentError(f"{path.name} has no field `climb`: it is an experiment; say seer experiment run {path}")
    return found
