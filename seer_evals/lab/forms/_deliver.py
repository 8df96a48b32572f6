"""Which skill is handed over in which form, from the parameter `deliver`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seer_evals.lab.forms._form import Form
from seer_evals.lab.forms._registered import FORMS
from seer_evals.lab.skills import ReadSkill
from seer_evals.near import did_you_mean

DEFAULT_FORM = "skill"


@dataclass(frozen=True)
class Handed:
    """A skill in the form in which the agent gets it."""

    technique: ReadSkill
    form: Form

    @property
    def runs_scripts(self) -> bool:
        """The skill's scripts have to be in the sandbox."""
        return self.form.importable or self.form.serves


def parse_deliver(deliver: str | Iterable[str] | None, techniques: Sequence[ReadSkill]) -> tuple[Handed, ...]:
    """Read `library`, or `library,sae-features:tools`: a form for all, then other forms for single skills.

    Raises:
        ValueError: An unknown form, a second one for the same skill, or one for a skill that is not chosen.
    """
    parts = deliver.split(",") if isinstance(deliver, str) else list(deliver or ())
    entries = [part.strip() for part in parts if part.strip()]
    general = [entry for entry in entries if ":" not in entry]
    if len(general) > 1:
        raise ValueError(
            f"deliver has two forms for all skills, {' and '.join(general)}; "
            "give one, and SKILL:FORM for skills that differ"
        )
    default = _form(general[0] if general else DEFAULT_FORM)
    names = [technique.name for technique in techniques]
    single = dict(_entry(entry, names) for entry in entries if ":" in entry)
    return tuple(Handed(technique, single.get(technique.name, default)) for technique in techniques)


def by_form(handed: Iterable[Handed]) -> dict[Form, list[ReadSkill]]:
    """The skills of each form, in the order in which they were chosen."""
    found: dict[Form, list[ReadSkill]] = {}
    for each in handed:
        found.setdefault(each.form, []).append(each.technique)
    return found


def _entry(entry: str, names: Sequence[str]) -> tuple[str, Form]:
    skill, _, form = entry.partition(":")
    name = skill.strip().rstrip("/").rsplit("/", 1)[-1].replace("_", "-")
    if name not in names:
        raise ValueError(
            f"deliver has an entry for {skill!r}, which is not chosen; skills={','.join(names) or '(none)'}"
        )
    return name, _form(form.strip())


def _form(name: str) -> Form:
    if name not in FORMS:
        hint = did_you_mean(name, FORMS)
        raise ValueError(f"unknown form {name!r}{hint} (deliver takes {', '.join(FORMS)}, or SKILL:FORM for one skill)")
    return FORMS[name]
