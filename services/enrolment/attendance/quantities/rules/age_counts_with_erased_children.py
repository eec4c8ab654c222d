"""Ages of children who came to a session, even once some of their files have gone. Pure."""

from collections.abc import Mapping

from shared.dates.ages import AGE_UNKNOWN, KNOWN


def ages_with_erased_children(
    counted: Mapping[str, int], former: Mapping[str, int]
) -> dict[str, int]:
    """
    Return how many came by band where some files have gone since they were counted first.

    They keep the band that they had where it is certain: as many lack in the former bands as have
    come to be of no known age. Otherwise their age stays unknown.
    """
    lacking = {band: max(0, former[band] - counted[band]) for band in KNOWN}
    gone = counted[AGE_UNKNOWN] - former[AGE_UNKNOWN]
    if gone != sum(lacking.values()):
        return dict(counted)
    return {
        **{band: counted[band] + lacking[band] for band in KNOWN},
        AGE_UNKNOWN: former[AGE_UNKNOWN],
    }
