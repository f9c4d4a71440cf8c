"""Who waits for a review sees all of what was waited for."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from signoff.domain.review import ReviewFile
from signoff.domain.vote import Ballot, VoteKind
from signoff.services import decide
from signoff.store import files
from tests.services.conftest import Bench


def test_a_file_read_under_its_lock_holds_the_revision_that_held_the_lock(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="slow"))
    edited = Ballot(kind=VoteKind.REVISE, digest=review.digest, arguments={"to": "somebody"})

    def read_when_free() -> ReviewFile | None:
        with bench.database.begin() as tx:
            return files.load(tx, review.id, lock=True)

    with ThreadPoolExecutor(1) as other:
        with bench.database.begin() as tx:
            decide.vote(tx, bench.core, review.id, edited, bench.ana)
            reading = other.submit(read_when_free)
            time.sleep(0.5)
            assert not reading.done()
        file = reading.result()
    assert file is not None
    assert (file.review.revision, file.current.number) == (2, 2)
    assert [vote.kind for vote in file.votes] == [VoteKind.REVISE]
