"""Moderators do everything in any order, while people vote and answers go out.

Nothing is lost, nothing stands in two groups, sums equal a recount, what is hidden stays hidden, and the journal
has no gap.
"""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from consult.answers.verbs import publish_answers, sign_answers
from consult.audit.models import Entry
from consult.contributions.models import Contribution, SharedText, State, Version
from consult.contributions.passages import holds
from consult.contributions.queries import get_contribution, list_contributions, list_shared, whole_of
from consult.contributions.rules import Wanted
from consult.foundation.db import session
from consult.foundation.errors import NotFound, Refused
from consult.groups.queries import list_tree
from consult.groups.verbs import join_group, write_shared_text
from consult.moderation import account, appeals, queries, redactions, verbs
from consult.moderation.models import Appeal, Ground, Redaction, Refusal
from consult.moderation.rules import Asked
from consult.participants.models import Person
from consult.proposals.verbs import edit_proposal, withdraw_proposal
from consult.rounds.models import PhaseKind
from consult.similarity.queries import list_similar
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.queries import find_outcome, in_public
from consult.synthesis.verbs import set_outcome
from consult.voting.models import Choice, Option
from consult.voting.queries import get_option
from consult.voting.results import recount
from consult.voting.verbs import cast_support, create_poll
from tests import builders
from tests.groups.builders import a_suggestion
from tests.proposals.builders import a_proposal

ANSWERS = [kind for kind in OutcomeKind if kind is not OutcomeKind.MERGED]
UNTOLD = {"vote", "answer"}  # a vote tells of its ballot, and the same answer twice is one
NAMES = ("Jan de Vries", "Kees", "Bel 06-12345678")
TEXT = "{0} en {1} parkeren op de stoep. {2}!"


class Walk:
    """Four proposals, three moderators, and what was done so far as we count it ourselves."""

    def __init__(self) -> None:
        self.round = builders.a_round()
        self.author = builders.acting(builders.a_resident())
        self.moderators = [builders.a_moderator_of(self.round) for _ in range(3)]
        person = builders.a_resident
        made = [a_proposal(self.round, person(), title=f"Kees {n}", text="Zet er een bankje.") for n in range(4)]
        self.ids = [one.id for one in made]
        self.authors = [builders.acting(session().get_one(Person, one.author_id)) for one in made]
        self.texts = {one.id: one.text for one in made}
        phase = builders.phase_of(self.round, PhaseKind.PRIORITISE)
        self.poll = create_poll(self.round, phase, builders.the_platform(), title="Wat vindt u?")
        self.voters = [builders.acting(builders.a_resident(), phase.opens_at) for _ in range(3)]
        self.done: Counter[str] = Counter()
        self.answered = 0
        self.edits = 0

    def one(self, n: int) -> Contribution:
        found = session().get_one(Contribution, self.ids[n])
        return get_contribution(self.moderators[0], self.round.slug, found.public_id)

    def newest(self, table, n):
        wanted = select(table).where(table.contribution_id == self.ids[n])
        at = getattr(table, "proposed_at", None) or table.made_at
        found = session().scalars(wanted.order_by(at.desc(), table.id)).first()
        if found is None:
            raise NotFound
        return found

    # what people do; each is refused where it does not fit

    def hold(self, n, by, _m):
        verbs.hold(self.one(n), Ground.UNLAWFUL, "Even kijken.", by)

    def publish(self, n, by, _m):
        verbs.publish(self.one(n), by)

    def propose(self, n, by, m):
        verbs.propose_refusal(self.one(n), list(Ground)[m], "Waarom.", by)

    def confirm(self, n, by, _m):
        verbs.confirm_refusal(self.newest(Refusal, n), by)
        self.done["refused"] += 1

    def overrule(self, n, by, _m):
        verbs.overrule_refusal(self.newest(Refusal, n), by)

    def redact(self, n, by, m):
        redactions.propose_redaction(self.one(n), [NAMES[m % 3]], list(Ground)[m], "Waarom.", by)

    def confirm_redaction(self, n, by, _m):
        redactions.confirm_redaction(self.newest(Redaction, n), by)
        self.done["redacted"] += 1

    def overrule_redaction(self, n, by, _m):
        redactions.overrule_redaction(self.newest(Redaction, n), by)

    def ask_back(self, n, by, _m):
        redactions.propose_lifting(self.newest(Redaction, n), "Mag.", by)

    def give_back(self, n, by, m):
        redactions.decide_lifting(self.newest(Redaction, n), by, agrees=m % 2 == 0)

    def appeal(self, n, _by, m):
        decision = self.newest(Refusal if m % 2 else Redaction, n)
        appeals.appeal(decision, self.authors[n], "Nee.")
        self.done["appeals"] += 1

    def decide(self, n, by, m):
        found = self.newest(Appeal, n)
        appeals.decide_appeal(found, queries.decision_of(found), by, grants=m % 2 == 0, answer="Zo.")
        self.done["granted" if m % 2 == 0 else "rejected"] += 1

    def merge(self, n, by, m):
        verbs.merge(self.one(n), self.one(m % 4), by)

    def split(self, n, by, _m):
        verbs.split(self.one(n), by)

    def join(self, n, by, m):
        every = [self.one(at) for at in range(4)]
        ids = [one.public_id for one in every]
        join_group(a_suggestion(*every), ids[n], ids[: m + 1], by)

    def share(self, n, by, m):
        one, text = self.one(n), f"Samen. {NAMES[m % 3]} staat er."
        written = list_shared(one.id)
        write_shared_text(one, by, text=text, html=f"<p>{text}</p>", number=written[0].number if written else 0)

    def vote(self, n, by, m):
        wanted = select(Option.id).where(Option.poll_id == self.poll.id, Option.contribution_id == self.ids[n])
        option_id = session().scalar(wanted)
        if option_id is None:
            raise NotFound
        voter = self.voters[self.moderators.index(by)]
        cast_support(get_option(voter, self.round.slug, option_id), voter, list(Choice)[m % 3])

    def answer(self, n, by, m):
        set_outcome(self.one(n), ANSWERS[m], f"Om reden {m}.", by)

    def sign(self, n, by, _m):
        sign_answers([self.drafted(n)], by)

    def publish_answer(self, n, by, _m):
        publish_answers([self.drafted(n)], by)

    def drafted(self, n):
        outcome = find_outcome(self.ids[n])
        if outcome is None:
            raise NotFound
        return outcome, self.one(n)

    def edit(self, n, _by, m):
        one, text = self.one(n), TEXT.format(*(NAMES[(m + at) % 3] for at in range(3))) + " Nog eens." * self.edits
        told = {"title": f"Kees {n}", "text": text, "html": f"<p>{text}</p>"}
        edit_proposal(one, self.authors[n], **told, version=one.version)
        self.edits, self.texts[one.id] = self.edits + 1, text

    def withdraw(self, n, _by, _m):
        withdraw_proposal(self.one(n), self.authors[n])

    def step(self, name, n, by, m):
        kept, told = (self.done.copy(), self.edits, dict(self.texts)), self.told()
        try:
            with session().begin_nested():
                getattr(self, name)(n, self.moderators[by], m)
            assert self.told() > told or name in UNTOLD, "what was done stands in the journal"
        except Refused:  # it does not fit now, or there is nothing to decide on
            self.done, self.edits, self.texts = kept
            assert self.told() == told, "what was refused left nothing"
        session().expire_all()

    def told(self):
        return session().scalar(select(func.count(Entry.position)))

    # what holds after every step

    def holds_true(self):
        found = list(session().scalars(select(Contribution).where(Contribution.round_id == self.round.id)))
        assert {one.id for one in found} == set(self.ids), "no input is lost"
        for one in found:
            assert whole_of(one).text == self.texts[one.id], "the whole text stays"
            self.hides(one)
        self.groups({one.id: one.merged_into_id for one in found}, {one.id: one for one in found})
        seen = list_contributions(builders.acting(None), self.round.id, Wanted()).items
        assert {one.id for one in seen} == {one.id for one in found if one.state is State.PUBLISHED}
        self.sums(found)
        self.answers(found)
        self.shares()
        self.outlets(found)

    def answers(self, found):
        every = list(session().scalars(select(Outcome).where(Outcome.contribution_id.in_(self.ids))))
        assert len(every) >= self.answered, "an answer is never lost"
        self.answered = len(every)
        public = list(session().scalars(select(Outcome.contribution_id).where(in_public())))
        assert len(public) == len(set(public)), "one answer of each is public"
        for one in every:
            assert one.published_at is None or one.signed_by_id not in {None, one.set_by_id}, "two people saw it"

    def shares(self):
        for shared in session().scalars(select(SharedText).where(SharedText.ended_at.is_(None))):
            first = session().get_one(Contribution, shared.contribution_id)
            tree = list_tree(first.id)
            assert first.stands, "a shared text stands on what stands"
            assert len(tree) > 1, "and there is something to share"
            assert not any(holds(shared.text, passage) for one in tree for passage in one.hidden)

    def outlets(self, found):
        standing = {one.id for one in found if one.stands}
        alike = list_similar(self.round.id, builders.acting(None), "Kees", "parkeren op de stoep bankje", least=0.0)
        assert {one.contribution.id for one in alike} <= standing, "search finds only what stands"
        assert recount() == [], "the counts are those of the marks"

    def hides(self, one):
        standing = queries.list_standing(one.id)
        assert set(one.hidden) == {passage for told in standing for passage in told.passages}
        for passage in one.hidden:
            assert not any(holds(said, passage) for said in (one.title, one.text, one.html))
        numbers = session().scalars(select(Version.number).where(Version.contribution_id == one.id)).all()
        assert sorted(numbers) == list(range(1, one.version + 1)), "every version stays"

    def groups(self, pointing, by_id):
        for start in pointing:
            way = [start]
            while pointing[way[-1]] is not None:
                way.append(pointing[way[-1]])
                assert len(way) == len(set(way)), "the pointers run in a circle"
            if by_id[start].is_public:
                assert by_id[way[-1]].is_public, "what stands in public leads to what stands in public"

    def sums(self, found):
        told = account.sum_up(self.round.id)
        for name in ("refused", "redacted", "granted", "rejected", "appeals"):
            assert sum(getattr(one, name) for one in told) == self.done[name], name
        counts = queries.count_queue(self.moderators[0], self.round.id, Asked())
        assert counts.states == {state: sum(one.state is state for one in found) for state in State}


STEPS = sorted(name for name, made in vars(Walk).items() if callable(made) and made.__code__.co_argcount == 4)
steps = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 3), st.integers(0, 2), st.integers(0, 4)), max_size=30
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_nothing_is_lost_in_any_order(unit, taken):
    walk = Walk()
    for name, n, by, m in taken:
        walk.step(name, n, by, m)
        walk.holds_true()


def test_the_walk_really_goes_somewhere(unit):
    walk = Walk()
    way = [
        ("edit", 0, 0, 0),
        ("publish", 0, 0, 0),
        ("redact", 0, 0, 0),
        ("confirm_redaction", 0, 0, 0),
        ("confirm_redaction", 0, 1, 0),
        ("appeal", 0, 0, 0),
        ("decide", 0, 0, 0),
        ("decide", 0, 2, 0),
        ("merge", 1, 0, 0),
        ("hold", 0, 0, 0),
        ("split", 1, 0, 0),
        ("propose", 1, 0, 1),
        ("confirm", 1, 2, 0),
        ("appeal", 1, 0, 1),
        ("decide", 1, 1, 1),
    ]
    for name, n, by, m in way:
        walk.step(name, n, by, m)
        walk.holds_true()
    assert walk.done == {"redacted": 1, "appeals": 2, "granted": 1, "refused": 1, "rejected": 1}


def test_the_walk_joins_shares_votes_and_answers(unit):
    walk = Walk()
    way = [
        ("vote", 0, 0, 0),
        ("vote", 1, 0, 1),
        ("vote", 1, 1, 0),
        ("join", 0, 0, 2),
        ("share", 0, 0, 1),
        ("vote", 0, 2, 2),
        ("answer", 0, 0, 1),
        ("sign", 0, 0, 0),
        ("sign", 0, 1, 0),
        ("publish_answer", 0, 1, 0),
        ("answer", 0, 0, 2),
        ("split", 1, 0, 0),
    ]
    for name, n, by, m in way:
        walk.step(name, n, by, m)
        walk.holds_true()
    assert walk.answered == 2
    assert [one.merged_into_id for one in map(walk.one, range(4))] == [None, None, walk.ids[0], None]
    assert [one.ended_at is None for one in list_shared(walk.ids[0])] == [False], "it held words of the one that left"
    assert session().scalar(select(func.count()).where(in_public())) == 1
    walk.step("split", 2, 0, 0)
    walk.holds_true()
    assert list_shared(walk.ids[0])[0].ended_at is not None
