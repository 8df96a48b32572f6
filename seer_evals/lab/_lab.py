"""The laboratory of one sample, as a harness sees it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspect_ai.log import transcript
from inspect_ai.solver import TaskState
from inspect_ai.tool import Tool, ToolSource
from inspect_ai.util import SandboxEnvironment, Store

from seer_evals.environment import IN_KERNEL, Environment
from seer_evals.lab._plan import Plan, plan_lab
from seer_evals.lab._scripts import place_scripts
from seer_evals.lab._submit import Keep, submit_report
from seer_evals.lab.forms import AnyTool, Reach, by_form
from seer_evals.lab.functions import Gateway, KernelFunctions, interface_tools, kernel_preload, library_dir
from seer_evals.lab.notebook import NotebookSession, open_notebook
from seer_evals.lab.skills import find_skills
from seer_evals.prompting import checked
from seer_evals.refusal import Refusal
from seer_evals.reports import Evidence, Report
from seer_evals.sandboxes import Isolation, Layout

REPORT_KEY = "lab:report"
"""Store key of the report; absent if none was submitted."""
NOTEBOOKS_KEY = "seer:notebooks"
"""Store key of the notebooks, by kernel name."""
ASKED_KEY = "lab:asked"
"""Store key of what functions of scoped sandboxes had been asked when the report was submitted."""

_open_labs: dict[str, "Lab"] = {}


@dataclass
class Lab:
    """What a harness may use: tools, a briefing, sessions by name, and the way to submit a report."""

    environment: Environment
    sandbox: SandboxEnvironment
    layout: Layout
    isolation: Isolation
    store: Store
    variables: dict[str, str]
    """The sandbox's environment variables."""
    folder: Path
    """Host directory of the sample's notebooks."""
    preload: dict[str, Any]
    plan: Plan = field(default_factory=plan_lab)
    """The session, and the skills in their forms."""
    scoped: Gateway | None = None
    """The way to the functions of scoped sandboxes."""
    interfaces: str = "library"
    """The form in which the agent has these functions: `library`, `tools` or `mcp`."""
    notebooks: dict[str, NotebookSession] = field(default_factory=dict)
    briefing_text: str = ""
    cards: tuple[str, ...] = ()
    """What the briefing says of how to talk to its models, as it says it."""

    @staticmethod
    def of(state: TaskState) -> "Lab":
        """The laboratory that the task's setup opened for this sample.

        Raises:
            LookupError: The task has no `open_lab` in its setup.
        """
        if state.uuid not in _open_labs:
            raise LookupError("this sample has no laboratory: give the task `setup=open_lab()`")
        return _open_labs[state.uuid]

    @property
    def cites_messages(self) -> bool:
        """Evidence is given by the numbers of messages, so that these have to be said."""
        return self.plan.session.evidence == "message"

    @property
    def library(self) -> str:
        """Directory in the sandbox from which the agent's Python can import modules."""
        return library_dir(self.layout)

    @property
    def default_model(self) -> str:
        """Name of the model that functions work on where the agent names none."""
        return next((model.name for model in self.environment.models if model.placement == IN_KERNEL), "model")

    @property
    def reach(self) -> Reach:
        """The way to the process that has the models."""
        functions = KernelFunctions(self.sandbox, self.layout)
        return Reach(self.layout, self.variables, functions.call, self.default_model)

    def must_be(self, session: str, who: str) -> None:
        """Refuse another session.

        Args:
            session: The one that is needed.
            who: The harness that needs it.

        Raises:
            Refusal: The laboratory was opened with another.
        """
        if self.plan.session.name != session:
            raise Refusal(
                f"{who} needs -T session={session}, but the laboratory was opened with session={self.plan.session.name}"
            )

    def register(self, uuid: str) -> None:
        """Make the laboratory available to `Lab.of` for the sample with this uuid."""
        _open_labs[uuid] = self

    def tools(self, notebook: str = "main") -> list[AnyTool]:
        """Everything that the agent may call, the tool that submits the report excepted.

        An MCP server is a `ToolSource`: give it to `react(tools=…)` as it is, which keeps its connection open.

        Args:
            notebook: The notebook that the agent works in, where the session is one of notebooks.
        """
        handed = [
            tool
            for form, techniques in by_form(self.plan.handed).items()
            for tool in form.tools(techniques, self.reach)
        ]
        scoped = interface_tools(self.scoped, self.interfaces, self.layout, self.variables) if self.scoped else []
        tools = [*self.plan.session.tools(self, notebook), *handed, *scoped]
        return [each if isinstance(each, ToolSource) else checked(each) for each in tools]

    def submit_tool(self, keep: Keep | None = None) -> Tool:
        """The tool that submits the report and ends the investigation.

        Args:
            keep: What to do with a well-formed report instead of `submit`, where there is more than one report, or
                someone who may send it back: a ValueError goes to its author.
        """

        async def submit(report: Report) -> None:
            self.submit(report)

        return submit_report(self.plan.session.evidence, keep or submit)

    def briefing(self) -> str:
        """What to tell the agent about its laboratory."""
        return self.briefing_text

    async def import_skills(self, *names: str) -> None:
        """Put the scripts of skills where cells of the harness's own can import them, whatever the agent is handed.

        Raises:
            ValueError: There is no skill of that name.
        """
        await place_scripts(self.sandbox, self.library, find_skills(names))

    def notebook(self, name: str = "main") -> NotebookSession:
        """A notebook session by name.

        Raises:
            KeyError: No session of that name is open; the message lists those that are.
        """
        if name not in self.notebooks:
            raise KeyError(f"no notebook {name!r} is open; open are: {', '.join(self.notebooks) or 'none'}")
        return self.notebooks[name]

    async def open_notebook(self, name: str, *, models: bool = False, first_cell: int = 1) -> NotebookSession:
        """Open a further notebook with a kernel of its own; `NotebookSession.close` ends the kernel.

        Args:
            name: Its name, and that of its file.
            models: Load the environment's models into this kernel as well, which takes their memory again.
            first_cell: Number of its first cell. Evidence names cells by number, so notebooks whose cells are cited in
                one report need numbers of their own.
        """
        session = await open_notebook(
            self.sandbox,
            self.layout,
            name=name,
            path=self.folder / f"{name}.ipynb",
            first_cell=first_cell,
            preload=self._preload(name, models),
            on_change=lambda document: self._keep(name, document),
        )
        self.notebooks[name] = session
        return session

    def _preload(self, name: str, models: bool) -> dict[str, Any]:
        main = name == "main"
        token = self.scoped.token(f"kernel {name}") if self.scoped else ""
        functions = {"functions": kernel_preload(self.layout, serve=main, token=token)}
        if main:
            return {**self.preload, **functions}
        loaded: dict[str, Any] = {name: self.preload[name] for name in ("models", "lists") if name in self.preload}
        return {**functions, **loaded} if models else functions

    def _keep(self, name: str, document: dict[str, Any]) -> None:
        kept: dict[str, Any] = self.store.get(NOTEBOOKS_KEY, {})
        self.store.set(NOTEBOOKS_KEY, {**kept, name: document})
        if (why := _unsaved(document)) and not _unsaved(kept.get(name, {})):
            transcript().info({"notebook": name, "unsaved": why}, source="lab")

    @property
    def report(self) -> Report | None:
        """The report, once it was submitted."""
        return load_report(self.store)

    def submit(self, report: Report) -> None:
        """Keep the report; the harness should end.

        Raises:
            ValueError: A piece of evidence points at a cell that is not there.
        """
        for finding in report.findings:
            self.check(finding.evidence)
        self.store.set(REPORT_KEY, report.model_dump(mode="json"))
        if self.scoped:
            self.store.set(ASKED_KEY, self.scoped.asked.plain())

    def check(self, evidence: Iterable[Evidence]) -> None:
        """See that the cells are there that evidence points at.

        Raises:
            ValueError: One is in no notebook.
        """
        for each in evidence:
            if each.kind == "cell" and not any(session.has_cell(each.number) for session in self.notebooks.values()):
                other = "" if self.plan.session.evidence == "cell" else "; point at a message, there are no cells here"
                raise ValueError(f"evidence points at cell {each.number}, which is in no notebook{other}")

    async def close(self) -> None:
        """Forget the laboratory; its sandbox is ended by Inspect."""
        for uuid in [uuid for uuid, lab in _open_labs.items() if lab is self]:
            del _open_labs[uuid]


def _unsaved(notebook: Mapping[str, Any]) -> str:
    """Why a notebook is only in the log, if it is."""
    return str(notebook.get("metadata", {}).get("seer", {}).get("unsaved", ""))


def load_report(store: Store) -> Report | None:
    """The report in a sample's store, or None if none was submitted."""
    stored = store.get(REPORT_KEY)
    return Report.model_validate(stored) if stored is not None else None
