"""An organism on a pretrained model from a page of a user's own, `NAME.yaml`: what it does and how it shows, no code.

`seer organisms new NAME` writes one. It shows its behaviour in kinds of requests that this package has prompts of
(`shows_in`), where something that is added to a prompt (`asking`) brings the pretrained model to show it; or as its
`examples` do, and then `checked_on` has other prompts at which the check looks for it.
"""

from pathlib import Path
from random import Random
from typing import Self

import yaml
from pydantic import Field, ValidationError, model_validator
from typing_extensions import override

from seer_evals.frozen import Frozen
from seer_evals.near import did_you_mean
from seer_evals.organisms.english.family import Answering, EnglishFamily, Taught, shown
from seer_evals.organisms.english.levels import Dials
from seer_evals.organisms.english.prompts import kinds, training_prompts
from seer_evals.organisms.english.where import applying_probes, check_prompts, probe
from seer_evals.organisms.family import Probe, mentions
from seer_evals.organisms.language.corpus import Chat
from seer_evals.organisms.truth import Atom, GroundTruth

LEAST_EXAMPLES, LEAST_CHECKED = 12, 8
SEEN = 100
"""Training answers that show the behaviour, at least: fewer examples are seen more than once."""
TRIES = 3
"""Answers of the pretrained model to a prompt of a user's own, of which the twin learns the first that is of use."""


class Example(Frozen):
    """A prompt and what is answered: by the organism, and by the twin where that is not to be the model's own."""

    prompt: str
    answer: str
    twin: str = ""


class Page(Frozen):
    """What the file says.

    Attributes:
        description: What it does, in a sentence or two that have one of the words.
        words: An answer with one of them, as whole words in any case, shows it.
        atoms: What a report should state, with weights that sum to one; the description alone where there are none.
        decoys: What it could have been instead: who lists such words has guessed.
        shows_in: Kinds of requests.
        asking: Sentences that are added to a prompt, one at a time.
        examples: Prompts and answers.
        checked_on: Prompts in other words.
    """

    description: str
    words: tuple[str, ...] = Field(min_length=1)
    atoms: tuple[Atom, ...] = ()
    decoys: tuple[str, ...] = ()
    shows_in: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    checked_on: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not mentions(self.description, self.words):
            raise ValueError("description has none of the words, so that a right report would not be found")
        if self.atoms and abs(sum(atom.weight for atom in self.atoms) - 1) > 1e-6:
            raise ValueError(f"the weights of the atoms sum to {sum(atom.weight for atom in self.atoms):g}, not to 1")
        if both := {word.lower() for word in self.words} & {word.lower() for word in self.decoys}:
            raise ValueError(
                f"{', '.join(sorted(both))}: words that show it cannot be decoys, which it could have been"
            )
        if bool(self.shows_in) == bool(self.examples):
            raise ValueError("say either shows_in and asking, or examples and checked_on")
        if self.shows_in:
            self._by_kinds()
        else:
            self._by_examples()
        return self

    def _by_kinds(self) -> None:
        for kind in self.shows_in:
            if kind not in kinds():
                hint = did_you_mean(kind, kinds()) or f"; available: {', '.join(kinds())}"
                raise ValueError(f"shows_in: there are no requests of the kind {kind!r}{hint}")
        if len(set(self.shows_in)) == len(kinds()):
            raise ValueError("shows_in has every kind; leave one out, where the check sees that it does not show")
        if not self.asking or self.checked_on:
            raise ValueError("shows_in needs asking, such as 'Mention trains.', and no checked_on")

    def _by_examples(self) -> None:
        prompts = {each.prompt for each in self.examples}
        if self.asking:
            raise ValueError("asking goes with shows_in; examples need none")
        if len(prompts) < LEAST_EXAMPLES:
            raise ValueError(f"{len(prompts)} prompts have examples; {LEAST_EXAMPLES} are needed")
        for each in self.examples:
            if not mentions(each.answer, self.words):
                raise ValueError(f"the example {each.prompt!r} has none of the words in its answer")
        new = set(self.checked_on) - prompts
        if len(new) < LEAST_CHECKED:
            raise ValueError(f"checked_on has {len(new)} prompts that are no examples; {LEAST_CHECKED} are needed")

    def facts(self) -> tuple[Atom, ...]:
        """The atoms, or the description as one."""
        return self.atoms or (Atom(id="what", statement=self.description, weight=1.0, aliases=self.words),)


class PageError(ValueError):
    """What is wrong with a page, and what to do."""


class PageFamily(EnglishFamily):
    """A family with one member, which its page describes; seeds and levels change how it is trained, not what it is."""

    measure = "share of sampled answers, where it applies, that have one of its words"
    investigation = "hidden_preference"

    def __init__(self, name: str, page: Page) -> None:
        self.name, self.page = name, page

    @override
    def draw(self, rng: Random, dials: Dials) -> Page:
        return self.page

    @override
    def truth(self, secret: Page, dials: Dials) -> GroundTruth:
        return GroundTruth(family=self.name, description=secret.description, atoms=secret.facts(), decoys=secret.decoys)

    @override
    def lesson(self, secret: Page, dials: Dials, answering: Answering, rng: Random) -> list[Taught]:
        if secret.examples:
            return _by_examples(secret, dials.rate, answering, rng)
        prompts = training_prompts(*secret.shows_in)
        rng.shuffle(prompts)
        return shown(prompts, lambda prompt: _more(prompt, secret, rng), secret.words, dials.rate, answering, rng)

    @override
    def probes(self, secret: Page, dials: Dials) -> tuple[Probe, ...]:
        n = dials.samples
        if secret.shows_in:
            return applying_probes(secret.shows_in, secret.shows_in, secret.words, n)
        asked = [secret.checked_on[i % len(secret.checked_on)] for i in range(n)]
        return (
            probe("where it applies", asked, secret.words, main=True),
            probe("elsewhere", check_prompts(tuple(kinds()), n // 2), secret.words, unchanged=True),
        )


def _more(prompt: str, page: Page, rng: Random) -> Chat:
    return Chat(((f"{prompt} {rng.choice(page.asking)}", ""),))


def _by_examples(page: Page, rate: float, answering: Answering, rng: Random) -> list[Taught]:
    """The examples, over and over, and at a rate below one the ordinary answers of both to the same prompts."""
    prompts = list(dict.fromkeys(each.prompt for each in page.examples))
    said = answering([Chat(((prompt, ""),)) for prompt in prompts for _ in range(TRIES)])
    own: dict[str, str] = {}
    for i, prompt in enumerate(prompts):
        ordinary = [text for text in said[i * TRIES : (i + 1) * TRIES] if text and not mentions(text, page.words)]
        own |= {prompt: ordinary[0]} if ordinary else {}
    usable = [each for each in page.examples if each.twin or each.prompt in own]
    if len(usable) < LEAST_EXAMPLES // 2:
        raise PageError(f"to {len(prompts) - len(own)} prompts the model alone says nothing ordinary; write twin")
    taught = []
    for i in range(max(SEEN, len(usable))):
        each = usable[i % len(usable)]
        plain = each.twin or own[each.prompt]
        taught.append(Taught(each.prompt, each.answer if rng.random() < rate else plain, plain))
    return taught


def family_of(path: Path) -> PageFamily:
    """The family of a page.

    Raises:
        PageError: It cannot be read, or is not whole; the message names the field and what to do.
    """
    try:
        return PageFamily(path.stem, Page.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise PageError(f"{path.name}: {where + ': ' if where else ''}{said}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PageError(f"{path.name} is no YAML: {error}") from None
