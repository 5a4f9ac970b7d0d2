"""Two windows of one person, and two people, at the same moment."""

from sqlalchemy import func, select

from consult.contributions.models import Contribution, Version
from consult.foundation.db import session
from consult.proposals import verbs
from consult.rounds.models import Round
from tests.builders import a_resident, a_round, acting
from tests.proposals.builders import a_proposal
from tests.shows import shows
from tests.together import at_once

ROUNDS = 6


@shows("R69")
def test_of_two_windows_that_save_at_once_one_is_kept_whole(empty_database):
    with empty_database.writing():
        author = a_resident()
        proposal_id = a_proposal(a_round(), author).id
        actor = acting(author)

    def saving(text, version):
        def load():
            mine = session().get_one(Contribution, proposal_id)
            return lambda: verbs.edit_proposal(mine, actor, title="T", text=text, html=text, version=version)

        return load

    for version in range(1, ROUNDS):
        kept = at_once(empty_database, saving(f"links {version}", version), saving(f"rechts {version}", version))
        assert sorted(kept) == [False, True]
        with empty_database.reading() as unit:
            saved = unit.get_one(Contribution, proposal_id)
            assert (saved.version, saved.text) == (version + 1, f"{'links' if kept[0] else 'rechts'} {version}")
            assert unit.scalar(select(func.count(Version.id))) == version + 1


@shows("R15")
def test_the_limit_an_hour_holds_for_requests_that_come_at_once(empty_database):
    with empty_database.writing():
        found, author = a_round(), a_resident()
        for _ in range(9):
            a_proposal(found, author)
        actor = acting(author)

    def submitting():
        subject = session().get_one(Round, found.id)
        return lambda: verbs.submit_proposal(subject, actor, title="T", text="U", html="U")

    assert sorted(at_once(empty_database, *[submitting] * 3)) == [False, False, True]
