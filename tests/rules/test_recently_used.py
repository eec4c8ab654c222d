"""A cache that is full lets one value go, not all of them."""

from shared.runtime.expiring_caches import RecentlyUsed


def test_of_more_than_fit_the_one_that_was_used_longest_ago_makes_room() -> None:
    cache: RecentlyUsed[str, int] = RecentlyUsed(3)
    cache.keep({"Manon": 1, "Emma": 2, "Hugo": 3})
    assert cache.get("Manon") == 1

    cache.keep({"Zoé": 4})

    assert [cache.get(name) for name in ("Manon", "Emma", "Hugo", "Zoé")] == [1, None, 3, 4]
    assert "Hugo" in cache and "Emma" not in cache


def test_what_was_forgotten_is_not_kept() -> None:
    cache: RecentlyUsed[str, int] = RecentlyUsed(3)
    cache.keep({"Manon": 1, "Emma": 2})

    cache.forget("Manon")
    cache.forget("Hugo")
    assert (cache.get("Manon"), cache.get("Emma")) == (None, 2)
    cache.clear()

    assert cache.get("Emma") is None
