"""Keeps the words of names as the names change: with each of them, and in its transaction."""

from sqlalchemy import delete

from services.dossier.models import ChildNameWord, GuardianNameWord
from shared.database import Write
from shared.database.words.word_index import keep_words, words_of_names


def index_child_name(
    write: Write, child_id: str, first_name: str, last_name: str, *, is_new: bool = False
) -> None:
    """Let a child be found by its name, and by no former one."""
    words = words_of_names(first_name, last_name)
    keep_words(write, ChildNameWord.child_id, {child_id: words}, are_new=is_new)


def unindex_child_name(write: Write, child_id: str) -> None:
    """Let a child whose name is erased be found no more."""
    write.execute(delete(ChildNameWord).where(ChildNameWord.child_id == child_id))


def index_guardian_name(write: Write, guardian_id: str, name: str, *, is_new: bool = False) -> None:
    """Let a guardian who is stored be found by this name, and by no former one."""
    keep_words(
        write, GuardianNameWord.guardian_id, {guardian_id: words_of_names(name)}, are_new=is_new
    )
