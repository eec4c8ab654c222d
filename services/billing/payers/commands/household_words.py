"""Words under which a régie finds a household: those of its payer's name and of its children's."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select, union_all

from services.billing.models import Household, HouseholdChild, HouseholdWord
from shared.database import Write
from shared.database.chunks import ordered_chunks
from shared.database.words.word_index import keep_words


def index_households(write: Write, household_ids: Collection[str]) -> None:
    """Let these households be found under the names that they and their children have now."""
    write.flush()
    for some in ordered_chunks(household_ids):
        names = union_all(
            select(Household.id, Household.sought).where(Household.id.in_(some)),
            select(HouseholdChild.household_id, HouseholdChild.sought).where(
                HouseholdChild.household_id.in_(some)
            ),
        )
        words = defaultdict[str, set[str]](set)
        for household_id, sought in write.execute(names):
            words[household_id].update(sought.split())
        keep_words(write, HouseholdWord.household_id, words)
