import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consult.audit.queries import list_entries_on
from consult.contributions.models import Channel, Contribution, State
from consult.contributions.queries import get_contribution
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import local, speaking
from consult.foundation.mail import Mail
from consult.foundation.workdays import add_workdays
from consult.intake.models import PaperReply
from consult.intake.queries import list_replies
from consult.intake.verbs import mark_sent
from consult.moderation import rules, verbs
from consult.moderation.appeals import appeal, appeal_for, decide_appeal
from consult.moderation.models import Appeal, Refusal
from consult.moderation.queries import count_queue, decisions_on, list_granted
from consult.moderation.redactions import confirm_redaction, decide_lifting, propose_lifting
from consult.pages.ways import replies
from consult.participants.models import Person
from consult.policy import Act
from consult.rounds.models import PhaseKind
from consult.voting.models import Option
from consult.voting.verbs import create_poll
from tests import builders
from tests.intake.builders import a_form
from tests.moderation.builders import a_redaction, a_refusal
from tests.proposals.builders import a_proposal
from tests.shows import shows

WHY = "Dit is geen reclame."


@pytest.fixture
def found(unit):
    return builders.a_round()


@pytest.fixture
def author(found):
    return builders.a_resident()


@pytest.fixture
def one(found, author):
    made = a_proposal(found, author, text="Jan de Vries wil een bankje.")
    return get_contribution(builders.the_platform(), found.slug, made.public_id)


def refused(one):
    refusal = a_refusal(one, builders.a_moderator_of(one.round))
    verbs.confirm_refusal(refusal, builders.a_moderator_of(one.round))
    return refusal


def redacted(one):
    redaction = a_redaction(one, "Jan de Vries")
    confirm_redaction(redaction, builders.a_moderator_of(one.round))
    return redaction


def person(actor_or_id):
    return session().get_one(Person, actor_or_id)


def told(kind):
    return len(session().scalars(select(Mail).where(Mail.kind == kind)).all())


@pytest.mark.parametrize("decide", [refused, redacted])
def test_somebody_who_had_no_part_grants_an_appeal(one, author, decide):
    decision = decide(one)
    made = appeal(decision, builders.acting(author), WHY)
    for had_part in (decision.proposed_by_id, decision.decided_by_id):
        with pytest.raises(NotAllowed):
            decide_appeal(made, decision, builders.acting(person(had_part)), grants=False, answer="Nee.")
    decide_appeal(made, decision, builders.a_moderator_of(one.round), grants=True, answer="U hebt gelijk.")
    assert one.is_public
    assert (one.text, one.hidden) == ("Jan de Vries wil een bankje.", [])
    assert (made.is_granted, made.answer) == (True, "U hebt gelijk.")
    assert told("appeal_decided") == 1
    acts = [entry.act for entry in list_entries_on(one.id)]
    assert acts[-2:] == [Act.APPEAL.value, Act.DECIDE_APPEAL.value]
    assert not any(WHY in str(entry.facts) for entry in list_entries_on(one.id))


@pytest.mark.parametrize("decide", [refused, redacted])
def test_a_rejected_appeal_leaves_everything_as_it_was(one, author, decide):
    decision = decide(one)
    before = one.state, one.text, list(one.hidden)
    made = appeal(decision, builders.acting(author), WHY)
    decide_appeal(made, decision, builders.a_director_of(one.round), grants=False, answer="Het blijft reclame.")
    assert (one.state, one.text, list(one.hidden)) == before
    with pytest.raises(Conflict):
        decide_appeal(made, decision, builders.a_moderator_of(one.round), grants=True, answer="Toch wel.")


def test_what_is_back_on_the_site_can_be_voted_on(found, one, author):
    decision = refused(one)
    poll = create_poll(
        found, builders.phase_of(found, PhaseKind.PRIORITISE), builders.a_director_of(found), title="Wat vindt u?"
    )
    made = appeal(decision, builders.acting(author), WHY)
    decide_appeal(made, decision, builders.a_moderator_of(found), grants=True, answer="Goed.")
    assert one.id in session().scalars(select(Option.contribution_id).where(Option.poll_id == poll.id)).all()


@pytest.mark.parametrize("decide", [refused, redacted])
def test_there_is_one_appeal_against_a_decision(one, author, decide):
    decision = decide(one)
    appeal(decision, builders.acting(author), WHY)
    with pytest.raises(Conflict):
        appeal(decision, builders.acting(author), "Nog eens.")
    again = {rules.points_to(decision): decision.id, "made_by_id": author.id, "made_at": decision.decided_at}
    with pytest.raises(IntegrityError):
        add(Appeal(contribution_id=one.id, words="Nog eens.", **again))


def test_an_appeal_is_against_one_decision(one, author):
    nothing = {"made_by_id": author.id, "made_at": builders.acting(author).arrived_at, "words": WHY}
    with pytest.raises(IntegrityError):
        add(Appeal(contribution_id=one.id, **nothing))


def test_there_is_no_appeal_against_what_does_not_hold(one, author):
    waiting = a_refusal(one, builders.a_moderator_of(one.round))
    with pytest.raises(Conflict):
        appeal(waiting, builders.acting(author), WHY)
    verbs.overrule_refusal(waiting, builders.a_moderator_of(one.round))
    with pytest.raises(Conflict):
        appeal(waiting, builders.acting(author), WHY)
    redaction = redacted(one)
    propose_lifting(redaction, "Mag.", builders.a_moderator_of(one.round))
    decide_lifting(redaction, builders.a_moderator_of(one.round), agrees=True)
    with pytest.raises(Conflict):
        appeal(redaction, builders.acting(author), WHY)


def test_nobody_decides_about_their_own_text(one):
    decision = refused(one)
    made = appeal(decision, builders.acting(person(one.author_id)), WHY)
    with pytest.raises(NotAllowed):
        decide_appeal(made, decision, builders.acting(person(one.author_id)), grants=True, answer="Ja.")


# The notice went out on Friday 18 December 2026 at 23:30 in the Netherlands; ten working days, of which
# 25 December and 1 January are none, end on Tuesday 5 January 2027.
@pytest.mark.parametrize(
    ("moment", "in_time"),
    [
        (datetime(2027, 1, 5, 22, 59, tzinfo=UTC), True),
        (datetime(2027, 1, 5, 23, 0, tzinfo=UTC), False),
    ],
)
@shows("L05")
def test_an_appeal_can_be_made_until_the_end_of_the_tenth_working_day(one, author, moment, in_time):
    decision = refused(one)
    decision.decided_at = datetime(2026, 12, 18, 22, 30, tzinfo=UTC)
    late = replace(builders.acting(author), arrived_at=moment)
    if in_time:
        assert appeal(decision, late, WHY).made_at == moment
        return
    with speaking("nl"), pytest.raises(NotNow, match="dinsdag 5 januari 2027"):
        appeal(decision, late, WHY)


@pytest.fixture
def on_paper(found):
    """An idea of somebody who asked for a reply on paper, refused; its letter, and who sends that."""
    moderator = builders.a_moderator_of(found)
    form = a_form(found, moderator, writer="Jo", address="Dorpsstraat 1")
    reply = session().get_one(PaperReply, form.id)
    mark_sent(found, [reply], moderator)
    decision = refused(get_contribution(builders.the_platform(), found.slug, form.first.public_id))
    session().refresh(reply)
    return form.first, decision, reply, moderator


def letter(reply, contribution):
    [told] = replies([reply], {}, decisions_on([contribution]), list_granted([contribution]))
    return str(told["ideas"][0]["decisions"])


@shows("L05")
def test_of_whoever_is_told_on_paper_the_term_begins_when_the_letter_was_sent(found, on_paper):
    one, decision, reply, moderator = on_paper
    assert reply.sent_at is None, "it goes out again, for it did not tell of this"
    session().refresh(reply, ["intake"])
    assert rules.to_appeal([(decision, None)], "", decision.decided_at + timedelta(days=90), reply)[0].is_open
    with speaking("nl"):
        assert "binnen 10 werkdagen" in letter(list_replies(found.id).items[0], one)
    mark_sent(found, [reply], replace(moderator, arrived_at=decision.decided_at + timedelta(days=30)))
    session().refresh(reply)
    assert rules.ends_on(decision, reply) == add_workdays(local(reply.sent_at).date(), 10)
    late = {"channel": Channel.PHONE, "came_on": local(reply.sent_at).date() + timedelta(days=30)}
    with pytest.raises(NotNow):
        appeal_for(decision, replace(moderator, arrived_at=reply.sent_at + timedelta(days=40)), WHY, **late)


def test_a_letter_tells_what_came_of_an_appeal_too(found, on_paper):
    one, decision, reply, moderator = on_paper
    mark_sent(found, [reply], moderator)
    made = appeal_for(decision, moderator, WHY, channel=Channel.PHONE, came_on=local(moderator.arrived_at).date())
    decide_appeal(made, decision, builders.a_moderator_of(found), grants=True, answer="U hebt gelijk.")
    session().refresh(reply)
    assert reply.sent_at is None
    with speaking("nl"):
        assert "U kreeg gelijk" in letter(list_replies(found.id).items[0], one)


def test_of_several_appeals_somebody_gets_one_that_they_may_decide_on(one, author):
    first, second = redacted(one), refused(one)
    newest = second.decided_by_id
    waiting = [(appeal(decision, builders.acting(author), WHY), decision) for decision in (second, first)]
    judge = replace(builders.a_moderator_of(one.round), person_id=newest)
    assert rules.to_decide(waiting, one, judge, "") == waiting[1]
    assert rules.to_decide(waiting, one, judge, str(waiting[0][0].id)) == waiting[0], "what was shown stays"
    assert rules.to_decide([], one, judge, "") is None


def test_an_author_sees_what_can_be_done_against_each_decision(one, author):
    decision = refused(one)
    at = decision.decided_at
    [fresh] = rules.to_appeal([(decision, None)], "", at)
    assert (fresh.is_open, fresh.is_chosen, fresh.takes_a_part) == (True, True, False)
    [late] = rules.to_appeal([(decision, None)], str(decision.id), at + timedelta(days=30))
    assert (late.is_open, late.is_chosen) == (False, False)
    made = appeal(decision, builders.acting(author), WHY)
    [asked] = rules.to_appeal([(decision, made)], "", at)
    assert (asked.is_open, asked.is_chosen) == (False, False)


def test_appeals_are_counted_in_the_queue(one, author):
    decision = refused(one)
    moderator = builders.a_moderator_of(one.round)
    made = appeal(decision, builders.acting(author), WHY)
    assert count_queue(moderator, one.round_id, rules.Asked()).appealed == 1
    decide_appeal(made, decision, moderator, grants=False, answer="Nee.")
    assert count_queue(moderator, one.round_id, rules.Asked()).appealed == 0


def by_letter(decision, moderator, came_on=None):
    day = came_on or local(decision.decided_at).date()
    return appeal_for(decision, moderator, WHY, channel=Channel.LETTER, came_on=day)


@shows("L05")
@pytest.mark.parametrize("decide", [refused, redacted])
def test_an_appeal_that_came_by_letter_is_typed_in_and_decided_by_somebody_else(one, author, decide):
    decision, typist = decide(one), builders.a_moderator_of(one.round)
    made = by_letter(decision, typist)
    assert (made.made_by_id, made.entered_by_id, made.channel) == (author.id, typist.person_id, Channel.LETTER)
    with pytest.raises(Conflict):
        by_letter(decision, typist)
    with pytest.raises(Conflict):
        appeal(decision, builders.acting(author), WHY)
    with speaking("en"), pytest.raises(NotAllowed, match="typed"):
        decide_appeal(made, decision, typist, grants=True, answer="Ja.")
    decide_appeal(made, decision, builders.a_moderator_of(one.round), grants=True, answer="U hebt gelijk.")
    assert one.is_public
    acts = [entry.act for entry in list_entries_on(one.id)]
    assert acts[-2:] == [Act.APPEAL_FOR.value, Act.DECIDE_APPEAL.value]
    assert not any(WHY in str(entry.facts) for entry in list_entries_on(one.id))


@pytest.mark.parametrize(
    ("came_on", "typed_on", "refusal"),
    [
        (date(2027, 1, 5), date(2027, 1, 12), None),  # what counts is when it came in
        (date(2026, 12, 18), date(2026, 12, 18), None),
        (date(2027, 1, 6), date(2027, 1, 6), NotNow),
        (date(2026, 12, 17), date(2027, 1, 5), Conflict),
        (date(2027, 1, 4), date(2027, 1, 3), Conflict),
    ],
)
def test_an_appeal_that_is_typed_in_came_in_within_the_term_of_its_author(one, came_on, typed_on, refusal):
    decision = refused(one)
    decision.decided_at = datetime(2026, 12, 18, 22, 30, tzinfo=UTC)
    typist = replace(builders.a_moderator_of(one.round), arrived_at=datetime.combine(typed_on, time(22, 45), UTC))
    if refusal is None:
        assert by_letter(decision, typist, came_on).came_on == came_on
        return
    with pytest.raises(refusal):
        by_letter(decision, typist, came_on)


@pytest.fixture
def desk(site):
    """A round with three moderators, and a proposal of a resident that two of them refused."""
    with site.writing():
        found = builders.a_round(slug="plein")
        author = builders.a_resident("Fatma")
        people = [person(builders.a_moderator_of(found).person_id) for _ in range(3)]
        one = a_proposal(found, author, title="Meer bomen", text="Jan de Vries wil meer bomen.")
        refusal = a_refusal(one, builders.acting(people[0]))
        verbs.confirm_refusal(refusal, builders.acting(people[1]))
    return found, author, people, one


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]* value="([0-9a-f-]{{36}})"', page).group(1)


def test_an_author_appeals_and_somebody_else_puts_it_back(site, desk):
    _found, author, people, one = desk
    path = f"/rounds/plein/contributions/{one.public_id}"
    browser = site.browser(author)
    assert f"{path}/appeal" in browser.get(path).text
    form = {"decision": hidden(browser.get(f"{path}/appeal").text, "decision")}
    answer = browser.post(f"{path}/appeal", {**form, "words": ""})
    assert answer.status_code == 422
    assert "Schrijf waarom u het er niet mee eens bent." in answer.text
    browser.post(f"{path}/appeal", {**form, "words": WHY})
    assert "U vroeg om er nog eens naar te kijken" in browser.get(f"{path}/appeal").text
    desk_path = f"/staff/rounds/plein/queue/{one.public_id}/appeal"
    assert "U was bij dit besluit betrokken" in site.browser(people[0]).get(desk_path).text
    third = site.browser(people[2])
    assert WHY in third.get(desk_path).text
    form = {"appeal": hidden(third.get(desk_path).text, "appeal")}
    assert third.post(desk_path, {**form, "answer": "Goed."}).status_code == 422
    third.post(desk_path, {**form, "grants": "yes", "answer": "U hebt gelijk."})
    with site.reading() as unit:
        assert unit.get_one(Contribution, one.id).state is State.PUBLISHED
    assert "de indiener had gelijk" in browser.get(path).text


def test_staff_type_in_an_appeal_and_the_writer_reads_on_paper_what_came_of_it(site):
    with site.writing():
        found = builders.a_round(slug="plein")
        people = [person(builders.a_moderator_of(found).person_id) for _ in range(4)]
        form = a_form(found, builders.acting(people[0]), writer="Truus", address="Kade 1")
        one = get_contribution(builders.the_platform(), "plein", form.items[0].contribution.public_id)
        verbs.confirm_refusal(a_refusal(one, builders.acting(people[1])), builders.acting(people[2]))
        at = f"/staff/rounds/plein/queue/{one.public_id}"
    first, last, letters = site.browser(people[0]), site.browser(people[3]), "/staff/rounds/plein/replies"
    assert "Dit is reclame voor een winkel. Bent u het er niet mee eens? Schrijf of bel" in first.get(letters).text
    assert f"{at}/appeal/enter" in first.get(at).text
    page, today = first.get(f"{at}/appeal/enter").text, local(clock.now()).date().isoformat()
    told = {"decision": hidden(page, "decision"), "channel": "phone", "received_on": today}
    assert first.post(f"{at}/appeal/enter", {**told, "words": ""}).status_code == 422
    assert first.post(f"{at}/appeal/enter", {**told, "words": WHY, "received_on": "2020-01-01"}).status_code == 409
    assert first.post(f"{at}/appeal/enter", {**told, "words": WHY}).status_code == 303
    assert "U typte dit bezwaar in" in first.get(f"{at}/appeal").text
    assert "per telefoon op" in last.get(at).text
    assert "Iemand anders kijkt ernaar" in first.get(letters).text
    assert "geen besluit" in first.get(f"{at}/appeal/enter").text
    decided = {"appeal": hidden(last.get(f"{at}/appeal").text, "appeal"), "grants": "no", "answer": "Het blijft zo."}
    assert last.post(f"{at}/appeal", decided).status_code == 303
    assert "het besluit blijft. Het blijft zo." in first.get(letters).text


def test_who_did_not_write_it_cannot_appeal(site, desk):
    _found, _author, people, one = desk
    path = f"/rounds/plein/contributions/{one.public_id}/appeal"
    with site.writing():
        somebody = builders.a_resident()
    assert site.browser(somebody).get(path).status_code == 404
    assert site.browser(people[0]).get(path).status_code == 403
    with site.reading() as unit:
        assert unit.scalars(select(Refusal)).one().is_confirmed
