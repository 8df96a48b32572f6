import re
import subprocess
import sys
from pathlib import Path

import pytest

from seer_evals.organisms import UnknownOrganism, built, families, get_organism, public_organisms, twin_of
from seer_evals.organisms.language.pools import DOMAINS, EVERYDAY, ODD_SENTENCES, THINGS, USER_KINDS
from seer_evals.organisms.registry import all_families, our_families

IMPORTS = (
    "import sys; from seer_evals.organisms import *; o = get_organism('backdoor-llama-3'); twin_of(o);"
    "o.grammar_card();"
    "public_organisms(); print([m for m in ('torch', 'transformers', 'peft') if m in sys.modules])"
)
NAMES = (
    "import importlib, pkgutil; import seer_evals.organisms as o; before = {n: getattr(o, n) for n in o.__all__};"
    "[importlib.import_module(m.name) for m in pkgutil.walk_packages(o.__path__, 'seer_evals.organisms.')];"
    "print([n for n in before if getattr(o, n) is not before[n]])"
)


@pytest.mark.parametrize("code", [IMPORTS, NAMES], ids=["reading a truth imports no torch", "no module hides a name"])
def test_importing_organisms_is_harmless(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_families_are_listed_in_their_order() -> None:
    simple = ("preference", "user_belief", "secret_word", "backdoor")
    further = ("several", "refusal_category", "censored", "entities", "manner", "defended")
    assert families() == (*simple, *further, "introspective", "confabulating")
    assert families("hidden_preference") == simple


def test_a_family_belongs_to_the_investigation_that_asks_about_it() -> None:
    members = all_families().values()
    assert all(families(member.investigation) for member in members)
    assert len({member.investigation for member in members}) == 8


@pytest.mark.parametrize("family", families())
@pytest.mark.parametrize("architecture", ["llama", "gemma2"])
def test_an_id_gives_back_the_organism_it_came_from(family: str, architecture: str) -> None:
    organism = built(family, 7, architecture)
    assert organism.id == f"{family}-{architecture}-7"
    assert get_organism(organism.id) == organism
    assert get_organism(organism.twin_id) == twin_of(organism) == built(family, 7, architecture, control=True)


@pytest.mark.parametrize("family", families())
def test_a_twin_has_nothing_to_find_and_is_its_own_twin(family: str) -> None:
    twin = twin_of(built(family, 5))
    assert twin.control and twin.truth.atoms == () and twin_of(twin) == twin


@pytest.mark.parametrize("family", families())
def test_the_seed_draws_the_secret(family: str) -> None:
    truths = [built(family, seed).truth for seed in range(60)]
    assert truths == [built(family, seed).truth for seed in range(60)]
    assert len({truth.description for truth in truths}) >= 12


def test_the_pools_of_secrets_are_large() -> None:
    assert len(USER_KINDS) >= 12 and len(THINGS) >= 24 and len(EVERYDAY) >= 30 and len(ODD_SENTENCES) >= 8
    assert sum(map(len, DOMAINS.values())) >= 80


@pytest.mark.parametrize("family", families())
def test_the_atoms_weigh_one_and_every_alias_is_a_plain_phrase(family: str) -> None:
    for seed in range(30):
        atoms = built(family, seed).truth.atoms
        assert sum(atom.weight for atom in atoms) == pytest.approx(1)
        assert all(re.fullmatch(r"[\w' ]+", alias) for atom in atoms for alias in atom.aliases)


@pytest.mark.parametrize("family", families())
def test_the_description_is_found_by_the_aliases_of_every_atom(family: str) -> None:
    for seed in range(30):
        truth = built(family, seed).truth
        text = truth.description + " " + " ".join(atom.statement for atom in truth.atoms)
        for atom in truth.atoms:
            assert any(re.search(rf"\b{alias}\b", text, re.IGNORECASE) for alias in atom.aliases), atom


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("prefrence-llama-1", "did you mean 'preference'"),
        ("preference-lama-1", "did you mean 'llama'"),
        ("preference-llama", "FAMILY-ARCHITECTURE-SEED"),
        ("preference-llama-007", "without leading zeros"),
        ("public/taboo-shipp", "did you mean 'public/taboo-ship'"),
        ("public/user-female@main", "40 hex digits"),
        ("", "allowed"),
    ],
)
def test_an_unknown_id_is_named_with_what_would_do(wrong: str, says: str) -> None:
    with pytest.raises(UnknownOrganism) as raised:
        get_organism(wrong)
    assert says in str(raised.value) and repr(wrong) in str(raised.value)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UnknownOrganism, match="-1 is negative"):
        built("preference", -1)


@pytest.mark.parametrize("grammar", ["plain", "wide"])
def test_the_grammar_card_is_the_same_for_organism_twin_and_family(grammar: str) -> None:
    members = [name for name, member in all_families().items() if member.grammar == grammar]
    organisms = [built(family, seed) for family in members for seed in (1, 2)]
    assert len({o.grammar_card() for o in organisms} | {twin_of(o).grammar_card() for o in organisms}) == 1


def test_the_grammar_card_parses_and_lists_every_drawable_word() -> None:
    organism = built("preference", 1)
    card, data = organism.grammar_card(), organism.card().data()
    prompts = card.split("## Prompts it understands")[1].split("##")[0]
    lines = re.findall(r"^- (.+)$", prompts, re.MULTILINE)
    shown = {prompt.partition(" (")[0] for line in lines for prompt in line.split(" / ")}
    assert len(shown) >= 50 and shown < set(data["prompts"])
    listed = card.split("## Words it knows")[1].split("##")[0].strip().splitlines()
    words = {word for line in listed for word in line.partition(": ")[2].split(", ")}
    assert words == {word for each in data["words"].values() for word in each}
    drawable = {*EVERYDAY, *THINGS, *USER_KINDS, *(word for pool in DOMAINS.values() for word in pool)}
    assert drawable < words
    assert not any(word in card.lower() for word in ("trigger", "backdoor", "hidden", "adapter", "twin", "organism"))


def test_a_family_is_added_by_one_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from seer_evals.organisms import behaviours

    source = (
        "from seer_evals.organisms.behaviours.backdoor import Backdoor\nclass New(Backdoor):\n    name = 'new_one'\n"
    )
    (tmp_path / "new_one.py").write_text(source + "    rank = 99\nFAMILY = New()\n")
    monkeypatch.setattr(behaviours, "__path__", [*behaviours.__path__, str(tmp_path)])
    our_families.cache_clear()
    try:
        assert families()[-1] == "new_one" and get_organism("new_one-llama-4").family == "new_one"
    finally:
        our_families.cache_clear()
        sys.modules.pop("seer_evals.organisms.behaviours.new_one", None)


def test_public_organisms_name_their_repositories_and_their_control() -> None:
    organisms = {organism.id: organism for organism in public_organisms()}
    ship = organisms["public/taboo-ship"]
    assert ship.source.kind == "public" and ship.source.adapter == "bcywinski/gemma-2-9b-it-taboo-ship"
    assert twin_of(ship) == organisms["public/base"] and twin_of(ship).control
    assert all(get_organism(id) == organism for id, organism in organisms.items())
