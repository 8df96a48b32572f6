"""What a laboratory will hand over, decided and checked before anything starts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seer_evals.environment import Environment
from seer_evals.lab.forms import DEFAULT_FORM, Handed, parse_deliver
from seer_evals.lab.sessions import SESSIONS, Session
from seer_evals.lab.skills import find_skills, unmet_need
from seer_evals.lab.skills.names import reserved_modules, reserved_names
from seer_evals.near import did_you_mean

DEFAULT_SESSION = "notebook"


@dataclass(frozen=True)
class Plan:
    """A session and skills, each in its form."""

    session: Session
    handed: tuple[Handed, ...]

    @property
    def packages(self) -> tuple[str, ...]:
        """What skills and forms need in the sandbox, as pip requirements: for `Environment.packages`."""
        needed = [package for each in self.handed if each.runs_scripts for package in each.technique.packages]
        needed += [package for each in self.handed for package in each.form.packages]
        return tuple(dict.fromkeys(needed))

    def must_fit(self, environment: Environment) -> None:
        """Check it against a sample's environment.

        Raises:
            ValueError: The session or a skill cannot work there; the message says why and what to do.
        """
        self.session.refuse(environment)
        for each in self.handed:
            if reason := unmet_need(each.technique, environment):
                models = [each.organism or each.hub or each.path or each.gguf for each in environment.models]
                here = ", ".join(map(str, models)) or "none"
                raise ValueError(f"{reason} (models: {here}); leave the skill out, or choose other models")
        if self.session.runs_code or environment.scoped:
            return
        if not any(each.form.serves for each in self.handed):
            raise ValueError(
                f"session {self.session.name!r} has no tool to work with: choose skills that have functions and hand "
                "them over with deliver=tools or deliver=mcp"
            )


def plan_lab(
    session: str = DEFAULT_SESSION, skills: str | Iterable[str] = "", deliver: str | Iterable[str] = DEFAULT_FORM
) -> Plan:
    """Decide what to hand over, from the parameters of a task.

    Args:
        session: `notebook`, `cli` or `tools`.
        skills: Names or paths of skill folders; a string may list several, separated by commas.
        deliver: `library`, `tools`, `skill`, `mcp` or `prompt`, and `SKILL:FORM` for skills that differ.

    Raises:
        ValueError: Something is unknown, or a combination makes no sense; the message says why and what to do.
    """
    plan = Plan(_session(session), parse_deliver(deliver, find_skills(skills)))
    _refuse_twice("skill", [each.technique.name for each in plan.handed])
    for each in plan.handed:
        _check_form(each, plan.session)
    _refuse_clashes(plan.handed)
    return plan


def _session(name: str) -> Session:
    if name not in SESSIONS:
        hint = did_you_mean(name, SESSIONS)
        raise ValueError(f"unknown session {name!r}{hint} (available: {', '.join(SESSIONS)})")
    return SESSIONS[name]


def _check_form(each: Handed, session: Session) -> None:
    name, form = each.technique.name, each.form.name
    if each.form.needs_functions and not each.technique.functions:
        raise ValueError(
            f"the skill {name!r} has no functions, so it cannot be handed over as {form!r}; "
            f"use deliver={form},{name}:skill or {name}:prompt"
        )
    if each.form.importable and each.technique.modules and not session.runs_code:
        raise ValueError(
            f"session {session.name!r} runs no code, so the functions of {name!r} would be of no use as {form!r}; "
            "use deliver=tools or deliver=mcp, or session=notebook or cli"
        )


def _refuse_clashes(handed: Sequence[Handed]) -> None:
    placed = [module.name for each in handed if each.runs_scripts for module in each.technique.modules]
    _refuse_twice("module", placed)
    for name in placed:
        if reason := reserved_modules().get(name):
            raise ValueError(f"a module cannot be called {name!r}, {reason}; rename scripts/{name}.py")
    served = [function.name for each in handed if each.form.serves for function in each.technique.functions]
    _refuse_twice("tool", served)
    for name in served:
        if reason := reserved_names().get(name):
            raise ValueError(f"a tool cannot be called {name!r}, {reason}; rename the function")


def _refuse_twice(what: str, names: Sequence[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        remedy = (
            "name each skill once" if what == "skill" else "leave one of the skills out, or rename it in one of them"
        )
        raise ValueError(f"{what} {', '.join(map(repr, twice))} comes more than once; {remedy}")
