"""What was held, refused, taken back or taken away is nowhere for others: one word is looked for in every outlet."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from consult.audit.models import Entry
from consult.contributions.models import Contribution, Kind, State
from consult.contributions.queries import list_contributions
from consult.contributions.rules import Wanted
from consult.contributions.verbs import rewrite
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.mail import Mail, enqueue
from consult.moderation import verbs
from consult.moderation.models import Ground
from consult.moderation.redactions import confirm_redaction
from consult.notifications.verbs import follow
from consult.opendata.results import as_json
from consult.participants.models import Person
from consult.policy import Duty
from consult.privacy.queries import gather
from consult.proposals.models import Argument, Proposal, Stance
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_round
from consult.similarity.queries import list_similar
from consult.similarity.verbs import index
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind, Paragraph, Section, SourceLink
from consult.voting.verbs import create_poll
from tests import builders
from tests.contributions.builders import a_contribution
from tests.moderation.builders import a_redaction, a_refusal
from tests.notifications.builders import a_reader, account_of, delivered, text_of

WORD = "kwikstaart"  # stands in everything that others must not read, and nowhere else
REST = "nestelt bij de vijver"  # stands beside it, so that a search finds what is left


def says_it(text: str) -> bool:
    return WORD in text.lower()


class House:
    """A round in which something was hidden in each way, with people who follow it and a draft that rests on it."""

    def __init__(self) -> None:
        builders.an_authority()
        self.round = builders.a_round(slug="plein", phases=PhaseKind.PRIORITISE)
        self.author, self.follower, self.resident = a_reader("Fatma"), a_reader("Bram"), a_reader("Noor")
        self.director = session().get_one(Person, builders.a_director_of(self.round).person_id)
        builders.appoint(self.round, self.director, Duty.MODERATOR)
        self.public = self.made(title="Groen op het plein", text="Meer groen.", author=self.resident)
        self.joined = self.made(title="Ook groen", text="Meer groen.", author=self.resident)
        self.held, self.refused, self.withdrawn, self.redacted = (self.made(author=self.author) for _ in range(4))
        self.reason = self.made(kind=Kind.ARGUMENT, author=self.author)
        self.kept = self.made(kind=Kind.ARGUMENT, author=self.author)
        for one in (self.reason, self.kept):
            add(Argument(contribution_id=one.id, proposal_id=self.public.id, stance=Stance.FOR))
        self.under = self.made(kind=Kind.ARGUMENT, text="Mooi.", author=self.resident)
        add(Argument(contribution_id=self.under.id, proposal_id=self.redacted.id, stance=Stance.FOR))
        self.uses()
        poll = builders.phase_of(self.round, PhaseKind.PRIORITISE)
        create_poll(self.round, poll, builders.a_director_of(self.round), title="Wat vindt u?")
        self.hides()

    def made(self, *, author: Person, title: str = "", text: str = "", kind: Kind = Kind.PROPOSAL) -> Contribution:
        title = title or ("" if kind is Kind.ARGUMENT else f"De {WORD} hier")
        new = a_contribution(self.round, author, kind=kind, title=title, text=text or f"De {WORD} {REST}.")
        if kind is Kind.ARGUMENT:
            new.title = ""
        else:
            add(Proposal(contribution_id=new.id))
            index(new)
        follow(new, builders.acting(self.follower))
        return session().get_one(Contribution, new.id, options=[joinedload(Contribution.round)])

    def uses(self) -> None:
        """Answers and a published draft lead to what is hidden later."""
        now, first, second = clock.now(), self.director, builders.a_member_of_staff()
        told = {"submitted_by_id": first.id, "submitted_at": now, "published_by_id": second.id, "published_at": now}
        draft = add(
            Draft(round_id=self.round.id, number=1, title="Visie", state=DraftState.PUBLISHED, begun_at=now, **told)
        )
        section = add(Section(draft_id=draft.id, position=1, title="Groen"))
        said = {"text": "Er komt groen.", "html": "<p>Er komt groen.</p>", "renderer": "1"}
        paragraph = add(Paragraph(section_id=section.id, position=1, **said))
        for one in (self.refused, self.withdrawn, self.redacted, self.kept):
            add(SourceLink(paragraph_id=paragraph.id, contribution_id=one.id))
            public = {"set_at": now, "signed_at": now, "published_at": now}
            reason = f"De {WORD} kan voor een deel."
            answer = add(Outcome(contribution_id=one.id, kind=OutcomeKind.PARTLY, reason=reason, **public))
            enqueue("outcome", contribution=one.id, outcome=answer.id)

    def hides(self) -> None:
        moderator = lambda: builders.a_moderator_of(self.round)  # noqa: E731
        at = clock.now()
        rewrite(self.redacted, title=f"Een {WORD}", text=f"Een {WORD} {REST}!", html=f"<p>{WORD}</p>", at=at)
        index(self.redacted)
        verbs.hold(self.held, Ground.UNLAWFUL, "Even kijken.", moderator())
        for one in (self.refused, self.reason):
            verbs.confirm_refusal(a_refusal(one, moderator()), moderator())
        for one in (self.redacted, self.kept):
            confirm_redaction(a_redaction(one, WORD), moderator())
        self.withdrawn.state = State.WITHDRAWN
        verbs.merge(self.redacted, self.public, moderator())
        verbs.merge(self.joined, self.public, moderator())

    @property
    def hidden(self) -> list[Contribution]:
        return [self.held, self.refused, self.withdrawn, self.reason]


@pytest.fixture
def house(site):
    with site.writing():
        return House()


def pages_of(house):
    base = "/rounds/plein"
    every = [*house.hidden, house.redacted, house.kept, house.under, house.public, house.joined]
    lists = ["", "/proposals", "/proposals?sort=newest", "/proposals?q=nestelt", "/results", "/vote"]
    more = ["/feed.atom", "/phases.ics", "/positions", "/drafts", "/drafts/1", "/moderation", "/proposals/new"]
    ones = [
        "proposals/{}",
        "proposals/{}/history",
        "contributions/{}",
        "contributions/{}/report",
        "contributions/{}/files",
    ]
    return [
        "/",
        *(base + path for path in [*lists, *more]),
        *(f"{base}/{path.format(one.public_id)}" for path in ones for one in every),
    ]


def test_the_word_is_there_for_its_author_and_for_staff(site, house):
    for person in (house.author, house.director):
        for one in [*house.hidden, house.redacted, house.kept]:
            assert says_it(site.browser(person).get(f"/rounds/plein/contributions/{one.public_id}").text), one.state


@pytest.mark.parametrize("who", ["visitor", "resident", "follower"])
def test_no_page_says_it_to_others(site, house, who):
    browser = site.browser(None if who == "visitor" else getattr(house, who))
    seen = {path: browser.get(path) for path in pages_of(house)}
    assert [path for path, answer in seen.items() if says_it(answer.text)] == []
    gone = [f"/rounds/plein/contributions/{one.public_id}" for one in house.hidden]
    assert {seen[path].status_code for path in gone} == {404}
    shown = seen[f"/rounds/plein/contributions/{house.redacted.public_id}"]
    assert shown.status_code == 200
    assert "[deel weggehaald]" in shown.text
    assert REST in shown.text
    assert "De [deel weggehaald] kan voor een deel." in seen[f"/rounds/plein/contributions/{house.kept.public_id}"].text
    assert sum(answer.status_code == 200 for answer in seen.values()) > 20, "the pages were really there"


def test_no_search_finds_it(site, house):
    visitor = builders.acting(None)
    with site.reading():
        for words in (WORD, WORD[:6], f"{WORD} vijver"):
            found = list_contributions(visitor, house.round.id, Wanted(words=words)).items
            assert [one.id for one in found] == []
        alike = list_similar(house.round.id, visitor, f"De {WORD}", f"De {WORD} {REST}.", least=0.01)
        assert not any(says_it(one.contribution.title + one.contribution.text) for one in alike)
        assert house.refused.id not in {one.contribution.id for one in alike}
    answer = site.browser().get(f"/rounds/plein/proposals?q={WORD}")
    assert house.redacted.public_id not in answer.text


def test_no_message_says_it_to_others(site, house):
    with site.reading():
        own = account_of(house.author).email
    got = [one for one in delivered(site.database) if one["To"] != own]
    assert {one["To"] for one in got}, "others did get messages"
    assert [str(one["Subject"]) for one in got if says_it(str(one["Subject"]) + text_of(one) + one.as_string())] == []


def test_no_outcome_and_no_export_of_others_says_it(site, house):
    with site.reading():
        told = json.dumps(as_json(get_round(builders.the_platform(), "plein")), default=str)
        assert "Groen op het plein" in told
        assert not says_it(told)
        for person in (house.resident, house.follower, house.director):
            assert not says_it(json.dumps(gather(builders.acting(person)), default=str))
        assert says_it(json.dumps(gather(builders.acting(house.author)), default=str))


def test_the_journal_and_the_queue_of_messages_hold_no_words(site, house):
    with site.reading() as unit:
        assert not any(says_it(str(entry.facts)) for entry in unit.scalars(select(Entry)))
        assert not any(says_it(str(one.facts)) for one in unit.scalars(select(Mail)))
    assert site.browser().get("/staff/rounds/plein/journal").status_code == 303
    assert site.browser(house.resident).get("/staff/rounds/plein/journal").status_code == 403
