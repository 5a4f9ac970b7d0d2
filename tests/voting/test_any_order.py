"""Votes online and on paper, doubts and merges in any order: what is counted is what is recounted and published."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from consult.contributions.models import Channel
from consult.foundation.db import session
from consult.foundation.errors import NotFound, Refused
from consult.opendata.checking import check
from consult.rounds.models import Verification
from consult.voting import electorate, on_paper, watching
from consult.voting.ballots import cast_ballot, withdraw_ballot
from consult.voting.methods import Unfit
from consult.voting.models import Ballot, BallotNetwork, Choice, Invalidation, Mark, Method, Option, PaperBallot
from consult.voting.queries import get_option, get_sheet, histograms_of, void
from consult.voting.results import recount
from consult.voting.rules import Listed
from consult.voting.verbs import cast_support, merge_options, withdraw_votes
from tests import builders
from tests.opendata.bundled import ended, voted, written
from tests.shows import shows
from tests.voting.test_lists import address_of

BEFORE = 50  # ballots that are there already: with fewer nothing is published
ONLINE, PAPER = 3, 3


class Poll:
    """A poll in a round with a list, three people online, three numbers on paper, and two members of staff."""

    def __init__(self, method: Method) -> None:
        self.poll = voted(method, BEFORE)
        self.round = self.poll.round
        self.round.verification = Verification.LIST
        self.people = [builders.a_resident() for _ in range(ONLINE)]
        addresses = [address_of(one) for one in self.people]
        listed = [Listed(n + 1, address) for n, address in enumerate(addresses)]
        self.staff = [builders.acting(builders.a_member_of_staff()) for _ in range(2)]
        more = [Listed(ONLINE + n + 1) for n in range(PAPER)]
        electorate.put_on_list(self.round, "", [*listed, *more], self.staff[0])
        self.options = list(session().scalars(select(Option.id).where(Option.poll_id == self.poll.id)))
        self.done: set[str] = set()

    def sheet(self):
        return get_sheet(builders.the_platform(), self.round.slug, self.poll.id)

    def chosen(self, m):
        options = self.sheet().options
        return {options[(m + n) % len(options)].id: 1 for n in range(1 + m % 2)}

    def newest(self, table, *those):
        found = session().scalars(select(table).where(table.poll_id == self.poll.id, *those)).first()
        if found is None:
            raise NotFound
        return found

    # what people do; each is refused where it does not fit

    def show(self, n, _m):
        electorate.show_on_list(self.round, builders.acting(self.people[n]))

    def cast(self, n, m):
        actor = builders.acting(self.people[n])
        if self.poll.method is Method.SUPPORT:
            option = get_option(actor, self.round.slug, self.options[m % len(self.options)])
            cast_support(option, actor, list(Choice)[n])
        else:
            cast_ballot(self.sheet(), actor, self.chosen(m))

    def withdraw(self, n, m):
        actor = builders.acting(self.people[n])
        if self.poll.method is Method.SUPPORT or m % 2:
            withdraw_votes(actor)
        else:
            withdraw_ballot(self.sheet(), actor)

    def enter(self, n, m):
        number = n + 1 + (ONLINE if m % 4 else 0)  # sometimes that of somebody who can vote online
        letter = on_paper.find_letter(self.round.id, number, None)
        told = {"channel": Channel.DESK, "marks": self.chosen(m)}
        on_paper.enter_paper(self.sheet(), letter, self.staff[0], **told)

    def count(self, _n, _m):
        on_paper.count_paper(self.waiting(), self.staff[1])

    def aside(self, _n, _m):
        on_paper.put_aside(self.waiting(), "Niet te lezen.", self.staff[1])

    def waiting(self):
        found = self.newest(PaperBallot, PaperBallot.marks.is_not(None))
        return on_paper.get_paper_ballot(builders.the_platform(), self.round.slug, self.poll.id, found.number)

    def doubt_paper(self, n, _m):
        letter = on_paper.find_letter(self.round.id, ONLINE + n + 1, None)
        found = on_paper.get_counted(self.poll, letter)
        watching.propose_about_paper(self.poll, found, "Verkeerd getypt.", self.staff[0])

    def doubt_some(self, n, m):
        ids = session().scalars(select(Ballot.id).where(Ballot.poll_id == self.poll.id).order_by(Ballot.tag)).all()
        network = bytes([n, m]) * 16
        for ballot_id in ids[m : m + 2]:
            if session().get(BallotNetwork, ballot_id) is None:
                session().add(BallotNetwork(ballot_id=ballot_id, poll_id=self.poll.id, network=network, stretch=1))
        session().flush()
        watching.propose_invalidation(self.poll, watching.Cluster(f"n{network.hex()}", 2, 2), "Eén net.", self.staff[0])

    def agree(self, _n, m):
        open_ = self.newest(Invalidation, Invalidation.decided_at.is_(None))
        watching.decide_invalidation(open_, self.staff[1], agrees=m % 4 != 0)

    def lift(self, _n, _m):
        holds = (Invalidation.is_confirmed.is_(True), Invalidation.lifted_at.is_(None))
        watching.lift_invalidation(self.newest(Invalidation, *holds), "Toch goed.", self.staff[0])

    def merge(self, n, m):
        one, other = (session().get_one(Option, self.options[at % len(self.options)]) for at in (n, m))
        if other.merged_into_id is None and one is not other and not self.carries(one):
            merge_options(one.contribution_id, other.contribution_id)

    def carries(self, option):
        return session().scalar(select(Option.id).where(Option.merged_into_id == option.id)) is not None

    def split(self, n, _m):
        merge_options(session().get_one(Option, self.options[n]).contribution_id, None)

    def step(self, name, n, m):
        try:
            with session().begin_nested():
                getattr(self, name)(n, m)
            self.done.add(name)
        except (Refused, Unfit, on_paper.UnfitLetter):
            pass  # it does not fit now
        session().expire_all()
        assert recount() == [], (name, n, m)
        assert histograms_of([self.poll.id]) == self.by_hand(), (name, n, m)

    def by_hand(self):
        """Count in another way than the database does: ballot after ballot, following each pointer."""
        out = set(session().scalars(void()))
        own = Option.poll_id == self.poll.id
        pointers = dict(session().execute(select(Option.id, Option.merged_into_id).where(own)).all())
        wanted = select(Mark.ballot_id, Mark.option_id, Mark.value, Mark.counter)
        rows = session().execute(wanted.join(Option, Option.id == Mark.option_id).where(own))
        counted: dict = {option: {} for option, into in pointers.items() if into is None}
        says: dict = {}
        for ballot, option, value, counter in rows:
            root = option
            while pointers[root] is not None:
                root = pointers[root]
            opts_out = option == root and self.poll.method is Method.SUPPORT
            if ballot in out or (value is None and not opts_out):
                continue
            told = (option == root, counter, option, value)
            says[ballot, root] = max(says.get((ballot, root), told), told, key=lambda one: one[:3])
        for (_ballot, root), (*_weight, value) in says.items():
            if value is not None:
                counted[root][value] = counted[root].get(value, 0) + 1
        return counted


STEPS = ["show", "cast", "withdraw", "enter", "count", "aside", "doubt_paper", "doubt_some", "agree", "lift"]
STEPS += ["merge", "split"]
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 3)), max_size=25)


@pytest.mark.parametrize("method", [Method.SUPPORT, Method.APPROVAL])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=steps)
@shows("R77", "R103")
def test_the_count_is_the_recount_and_what_is_published_in_any_order(unit, tmp_path, method, taken):
    point = session().begin_nested()  # each example begins with an empty house
    try:
        walk = Poll(method)
        for name, n, m in taken:
            walk.step(name, n, m)
        published(walk, tmp_path)
    finally:
        point.rollback()
        session().expire_all()


def published(walk, folder):
    ended(walk.poll)
    told = check(written(folder, walk.poll))
    assert recount() == []
    assert told.checked


@pytest.mark.parametrize("method", [Method.SUPPORT, Method.APPROVAL])
@shows("R77", "R103")
def test_the_walk_really_goes_everywhere(unit, tmp_path, method):
    walk = Poll(method)
    way = [
        ("show", 0, 0), ("cast", 0, 1), ("cast", 0, 3), ("show", 1, 0), ("cast", 1, 0), ("withdraw", 1, 1),
        ("enter", 0, 1), ("count", 0, 0), ("doubt_paper", 0, 0), ("agree", 0, 1), ("enter", 0, 2), ("count", 0, 0),
        ("enter", 1, 1), ("aside", 0, 0), ("doubt_some", 0, 2), ("agree", 0, 1), ("lift", 0, 0), ("merge", 0, 1),
        ("doubt_some", 1, 3), ("agree", 0, 2), ("merge", 2, 3), ("split", 2, 0),
    ]  # fmt: skip
    for name, n, m in way:
        walk.step(name, n, m)
    assert walk.done == set(STEPS)
    published(walk, tmp_path)
