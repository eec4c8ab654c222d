"""The dossier's own keys are read once, and never kept before they are there for everybody."""

import pytest

from services.dossier.digest_and_chain_keys import DIGESTS, READS, ensure_own_key, own_key
from services.dossier.store import store
from tests.factories.dossier import Town

pytestmark = pytest.mark.both_databases


def test_a_key_whose_transaction_failed_is_made_anew_and_not_remembered(town: Town) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as write:
        lost = ensure_own_key(write, READS)
        assert ensure_own_key(write, READS) == lost
        raise ZeroDivisionError

    with store.write() as write:
        kept = ensure_own_key(write, READS)

    assert kept != lost
    with store.read() as read:
        assert own_key(read, READS) == kept


def test_a_key_of_another_database_is_not_taken_for_this_one(town: Town) -> None:
    with store.write() as write:
        first = ensure_own_key(write, DIGESTS)
        assert own_key(write, DIGESTS) == first

    store.connect(str(store.engine.url.render_as_string(hide_password=False)), store.register)

    with store.read() as read:
        assert own_key(read, DIGESTS) == first
        assert own_key(read, "another") is None
