"""How a study is run: the parameters that all studies share, checked, and the samples and the task made of them."""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, get_type_hints

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Scorer
from inspect_ai.solver import Solver
from inspect_ai.viewer import ViewerConfig

from seer_evals.environment import Environment, FileSpec, ModelSpec
from seer_evals.lab import Plan, close_lab, interface_form, lab_sample, open_lab, plan_lab
from seer_evals.organisms import Organism, truth_metadata
from seer_evals.parameters import Seconds, checked
from seer_evals.sandboxes import check_provider
from seer_evals.solvers.single_agent import single_agent
from seer_evals.solvers.technique import technique as technique_alone
from seer_evals.studies import BASELINE_KEY, STUDY_KEY, Study
from seer_evals.tasks.shared.files import study_files
from seer_evals.tasks.shared.folder import Folder
from seer_evals.tasks.shared.study import CONTROL, FORMS, HINTS, one_of, study_gpus, study_metadata, study_viewer


@dataclass(frozen=True)
class Conditions:
    """What `-T` says that is the same for every study.

    Attributes:
        folder: Of the study.
        baseline: The technique that `--solver baseline` runs in it: its name, or the path of its file.
        form: `tiny`, `real`, or where the study has it `small`; they differ in models and data only.
        hints: What the question tells of the paper's recipe: `none`, `method` or `recipe`.
        technique: Run this technique alone instead of an agent.
        session: How the agent works: `notebook`, `cli` (a shell and an editor) or `tools` (no code of its own).
        skills: Skills to hand over, by name or path of their folder, separated by commas.
        deliver: Their form: `library`, `tools`, `skill`, `mcp` or `prompt`; then `SKILL:FORM` for skills that differ.
        interfaces: The form in which functions of scoped sandboxes are handed over: `library`, `tools` or `mcp`.
        sandbox: Provider of the laboratory: `workstation` is this machine.
        gpu: Types of GPU in order of preference, separated by commas, or `none`. By default the real form on
            `modal_gpu` asks for A100-80GB, then H100.
        controls: Whether the samples in which *no effect* is right are run, too.
        require_isolation: Refuse to run where the agent cannot be isolated from this machine.
        time_limit: Seconds that a sample may take.
    """

    folder: Folder
    baseline: str
    form: str = "tiny"
    hints: str = "method"
    technique: str = ""
    session: str = "notebook"
    skills: str | list[str] = ""
    deliver: str | list[str] = "skill"
    interfaces: str = ""
    sandbox: str = "workstation"
    gpu: str | list[str] = ""
    controls: bool = True
    require_isolation: bool = False
    time_limit: Seconds = 7200

    def __post_init__(self) -> None:
        """Refuse what makes no study.

        Raises:
            ValueError: A value is unknown, or a combination makes no sense; the message says what is possible.
        """
        one_of("hints", self.hints, HINTS)
        check_provider(self.sandbox)
        interface_form(self.interfaces, self.plan().session.runs_code)
        if self.technique:  # an agent is made with the task only, which may have solvers of its own
            self.solver()

    @property
    def tiny(self) -> bool:
        """Whether the models are trained on this machine, from nothing."""
        return self.form == "tiny"

    @property
    def small(self) -> bool:
        """Whether they are `smollm2`, a pretrained model that comes with a package, or organisms on it."""
        return self.form == "small"

    def refuse_ignored(self, given: Iterable[str], taken: Mapping[str, Sequence[str]]) -> None:
        """Refuse parameters that the form would not look at.

        Args:
            given: Parameters that were given.
            taken: By form, the parameters that not every form takes.

        Raises:
            ValueError: There is one.
        """
        for name in given:
            forms = [form for form, names in taken.items() if name in names]
            if forms and self.form not in forms:
                other = " or ".join(f"form={form}" for form in forms)
                raise ValueError(f"form={self.form} takes no {name}: leave {name} out, or say {other}")

    @property
    def hint(self) -> str:
        """What is appended to the question: `method.md` and `recipe.md` of its folder, as far as `hints` says."""
        return self.folder.hinted(self.hints)

    def plan(self) -> Plan:
        """Session and skills."""
        return plan_lab(self.session, self.skills, self.deliver)

    def solver(self) -> Solver:
        """The single agent, or the technique that is asked for."""
        return technique_alone(self.technique) if self.technique else single_agent()

    def sample(
        self,
        id: str,
        question: str,
        models: Sequence[ModelSpec],
        *,
        metadata: dict[str, Any],
        target: str,
        files: Sequence[FileSpec] = (),
        **environment: Any,
    ) -> Sample:
        """A sample of the study.

        Args:
            id: The ids of controls end with `-control`.
            question: What the agent is asked, hints included.
            models: Of its laboratory.
            metadata: What scorers need and the agent never sees (`study_metadata`, `truth_metadata`).
            target: The truth in a few words.
            files: For its workspace (`study_files`).
            environment: Other fields of the environment, such as `scoped` or `packages`.

        Raises:
            ValueError: The session or a skill cannot work there.
        """
        plan = self.plan()
        room_fields: dict[str, Any] = {
            "models": tuple(models),
            "files": tuple(files),
            "require_isolation": self.require_isolation,
            "gpu": study_gpus(self.gpu, self.sandbox, self.form),
            **environment,
            "packages": tuple(dict.fromkeys([*environment.get("packages", ()), *plan.packages])),
        }
        room = Environment(**room_fields)
        plan.must_fit(room)
        metadata = {BASELINE_KEY: self.baseline, **metadata}
        if STUDY_KEY in metadata:
            question = f"{question}\n\n{SHARED.prompt(f'figures_in_{plan.session.evidence}s').strip()}"
        return lab_sample(question, room, id=id, sandbox=self.sandbox, target=target, metadata=metadata)

    def study_sample(
        self,
        id: str,
        models: Sequence[ModelSpec],
        study: Study,
        files: Mapping[str, Any],
        *,
        target: str = "effect",
        of_control: str = "",
        asked: Mapping[str, object] = MappingProxyType({}),
        planted: Organism | None = None,
        **environment: Any,
    ) -> Sample:
        """A sample with what is asked of it and how that is graded; whether it is a control, its id says.

        Args:
            id: As for `sample`, like `models` and `environment`.
            models: Of its laboratory.
            study: For the scorer.
            files: For the agent, by name.
            target: The truth in a few words.
            of_control: The truth of a control, where it is another.
            asked: What is filled into the question, besides the hints.
            planted: The organism of which other scorers need the truth; it is the target, then.
            environment: Other fields.

        Raises:
            ValueError: The session or a skill cannot work there.
        """
        control = id.endswith(CONTROL)
        truth = truth_metadata(planted.truth, planted.control) if planted else {}
        said = planted.truth.description if planted else of_control if control and of_control else target
        return self.sample(
            id,
            self.folder.question(**asked, hints=self.hint),
            models,
            metadata={**truth, **study_metadata(study, control)},
            target=said,
            files=study_files(files),
            **environment,
        )

    def task(
        self,
        samples: Sequence[Sample],
        scorer: list[Scorer],
        headline_metric: str,
        *,
        setup: Sequence[Solver] = (),
        opened: Sequence[Solver] = (),
        viewer: ViewerConfig | None = None,
        version: int = 1,
    ) -> Task:
        """The task of the study.

        Args:
            samples: Controls among them, which are left out if `controls` says so.
            scorer: In the order in which they are shown.
            headline_metric: `SCORER.VALUE` by which runs are compared.
            setup: What runs before the laboratory opens, such as `train_bases`.
            opened: What runs once it is open, before the agent.
            viewer: Columns of the sample list; those of `fidelity` by default.
            version: Of the task; to be raised whenever results stop being comparable.
        """
        open_it = open_lab(session=self.session, skills=self.skills, deliver=self.deliver, interfaces=self.interfaces)
        return Task(
            dataset=[each for each in samples if self.controls or not str(each.id).endswith(CONTROL)],
            setup=[*setup, open_it, *opened],
            solver=self.solver(),
            scorer=scorer,
            cleanup=close_lab,
            model_roles={"target": "lab/default"},
            time_limit=self.time_limit,
            viewer=viewer or study_viewer(),
            headline_metric=headline_metric,
            version=version,
        )


SHARED = Folder.of(__file__)
ONLY_WITH_SCOPED = ("interfaces",)
"""Fields of `Conditions` that a study takes only if it says so: without scoped sandboxes they mean nothing."""


def conditions(
    *,
    baseline: str,
    also: Sequence[str] = (),
    real: Sequence[str] = (),
    tiny: Sequence[str] = (),
    small: Sequence[str] | None = None,
    **defaults: Any,
) -> Callable[[Callable[..., Task]], Callable[..., Task]]:
    """Make a task of a function `(run: Conditions, own parameters) -> Task`; it stands below `@task`.

    The task takes its own parameters and the fields of `Conditions`, so that these stand in one place and the log still
    has every default. A parameter of its own that has the name of a field is its own affair.

    Args:
        baseline: The technique that `--solver baseline` runs in it: its name, or its file beside the task.
        also: Fields of `Conditions` that only some studies take (`ONLY_WITH_SCOPED`).
        real: Own parameters that only some forms look at, those of the real one; the others refuse them.
        tiny: Those of the tiny form.
        small: Those of the small form; without it the study has none.
        defaults: Of fields of `Conditions`, where they differ: `time_limit=3600`.
    """
    taken = {form: names for form, names in zip(FORMS, (tiny, small, real), strict=True) if names is not None}

    def decorate(function: Callable[..., Task]) -> Callable[..., Task]:
        hints = get_type_hints(function, include_extras=True)
        folder = Folder.of(inspect.getfile(function))
        _run, *own = inspect.signature(function).parameters.values()
        own = [each.replace(annotation=hints[each.name], kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        shared = [each for each in _shared(also, defaults) if each.name not in {mine.name for mine in own}]

        @functools.wraps(function)
        def made(**given: Any) -> Task:
            common = {each.name: given.pop(each.name, each.default) for each in shared}
            one_of("form", common["form"], tuple(taken))
            under = Conditions(folder=folder, baseline=_technique(folder, baseline), **common)
            changed = [each.name for each in own if given.get(each.name, each.default) != each.default]
            under.refuse_ignored(changed, taken)
            return function(under, **given)

        parameters = [*own, *shared]
        made.__dict__["__signature__"] = inspect.Signature(parameters, return_annotation=Task)
        made.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": Task}
        return checked(made)

    return decorate


def _technique(folder: Folder, name: str) -> str:
    return str(folder.path / name) if name.endswith(".py") else name


def _shared(also: Sequence[str], defaults: Mapping[str, Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(Conditions, include_extras=True)
    left_out = {"folder", "baseline", *ONLY_WITH_SCOPED} - set(also)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=defaults.get(field.name, field.default),
            annotation=hints[field.name],
        )
        for field in fields(Conditions)
        if field.name not in left_out
    ]
