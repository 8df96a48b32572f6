from seer_evals.organisms import families
from seer_evals.tasks.shared.organisms import select


def test_all_means_the_families_of_the_investigation() -> None:
    seeds = list(range(1, 10))
    assert {organism.family for organism in select("built", "all", seeds)} == set(families("hidden_preference"))
    assert {organism.family for organism in select("built", "all", seeds, "known_entities")} == {"entities"}


def test_a_family_of_another_investigation_is_built_where_it_is_named() -> None:
    assert [organism.id for organism in select("built", "manner,preference", [3, 4])] == [
        "manner-llama-3",
        "preference-llama-4",
    ]
