from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.accounts.models import Account
from consult.contributions.models import Channel, Contribution, Signal, SignalKind, State
from consult.contributions.queries import get_contribution, list_standing_signals
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.intake.models import Intake
from consult.intake.verbs import Told, enter_on_behalf
from consult.moderation import verbs
from consult.moderation.queries import count_queue, list_queue, list_signals
from consult.moderation.rules import Asked
from consult.proposals.verbs import edit_proposal
from tests import builders
from tests.intake.builders import an_idea
from tests.moderation.builders import a_refusal
from tests.proposals.builders import a_proposal, an_argument

LONG = "Op het plein staat nu geen enkele boom, en in de zomer is het er veel te warm om te zitten met kinderen."


@pytest.fixture
def found(unit):
    return builders.a_round()


def kinds(one):
    return {signal.kind for signal in list_signals(one.id) if signal.cleared_at is None}


def edited(one, author, text):
    whole = get_contribution(builders.the_platform(), one.round.slug, one.public_id)
    told = {"title": one.title, "text": text, "html": f"<p>{text}</p>"}
    return edit_proposal(whole, builders.acting(author), **told, version=one.version)


@pytest.mark.parametrize("make", ["proposal", "argument"])
def test_a_text_with_a_phone_number_is_held_and_never_lost(found, make):
    words = "Bel mij op 06-12345678."
    one = a_proposal(found, text=words) if make == "proposal" else an_argument(a_proposal(found), text=words)
    assert one.state is State.HELD
    assert one.text == words
    assert list_standing_signals(one) == [SignalKind.PHONE]


def test_a_text_without_signals_is_public_at_once(found):
    one = a_proposal(found, text=LONG)
    assert one.is_public
    assert kinds(one) == set()


def test_publishing_clears_what_the_machine_saw(found):
    one = a_proposal(found, text="Bel mij op 06-12345678.")
    moderator = builders.a_moderator_of(found)
    assert count_queue(moderator, found.id, Asked()).signalled == 1
    verbs.publish(one, moderator)
    assert one.is_public
    assert count_queue(moderator, found.id, Asked()).signalled == 0
    assert list_signals(one.id)[0].cleared_at is not None, "that there was a signal stays known"


def test_the_queue_can_be_narrowed_to_signals(found):
    one = a_proposal(found, text="Bel mij op 06-12345678.")
    a_proposal(found)
    moderator, asked = builders.a_moderator_of(found), Asked(state=None, signalled=True)
    page = list_queue(moderator, found.id, asked, count_queue(moderator, found.id, asked))
    assert [c.id for c in page.items] == [one.id]


def test_ones_own_address_and_ours_are_no_signal(found):
    author = builders.a_resident()
    own = session().get_one(Account, author.account_id).email
    found.contact_email = "ronde@gemeente.test"
    session().flush()
    assert a_proposal(found, author, text=f"Mail mij: {own} of {found.contact_email}").is_public
    assert kinds(a_proposal(found, author, text="Mail hem: een.ander@voorbeeld.nl")) == {SignalKind.EMAIL}


def test_a_long_text_that_was_sent_before_is_held(found):
    first = a_proposal(found, text=LONG)
    again, short = a_proposal(found, text=LONG), [a_proposal(found, text="Graag groen.") for _ in range(2)]
    assert (first.state, again.state) == (State.PUBLISHED, State.HELD)
    assert kinds(again) == {SignalKind.REPEATED}
    assert all(one.is_public for one in short), "short texts are alike by chance"


def test_much_in_a_short_time_by_one_person_is_held(found):
    author = builders.a_resident()
    sent = [a_proposal(found, author) for _ in range(6)]
    assert [one.is_public for one in sent] == [True] * 5 + [False]
    assert kinds(sent[-1]) == {SignalKind.MANY}
    assert a_proposal(found).is_public, "others are not held for it"


def test_what_staff_type_in_is_told_but_not_held(found):
    idea = an_idea(text="Bel mevrouw De Boer op 06-12345678.")
    form = enter_on_behalf(found, builders.a_moderator_of(found), Told(Channel.PAPER), [idea])
    one = form.first
    assert one.is_public
    assert kinds(one) == {SignalKind.PHONE}
    moderator = builders.a_moderator_of(found)
    verbs.settle_reports(one, moderator, "Het nummer is van de vereniging.")
    assert kinds(one) == set()
    with pytest.raises(Conflict):
        verbs.settle_reports(one, moderator, "Nog eens.")
    assert session().scalars(select(Intake)).one().id == form.id


def test_a_change_that_brings_something_new_waits(found):
    author = builders.a_resident()
    one = a_proposal(found, author, text="Zet er een bankje.")
    edited(one, author, "Zet er een bankje. Graag twee.")
    assert one.is_public
    edited(one, author, "Zet er een bankje. Bel 06-12345678.")
    assert one.state is State.HELD
    verbs.publish(one, builders.a_moderator_of(found))
    edited(one, author, "Zet er een bankje. Bel 06-12345678 maar.")
    assert one.is_public, "a moderator looked at that number already"


def test_a_change_that_would_hide_what_others_were_joined_with_is_refused(found):
    author = builders.a_resident()
    one = a_proposal(found, author)
    verbs.merge(a_proposal(found), one, builders.a_moderator_of(found))
    with pytest.raises(NotNow, match="telefoonnummer"):
        edited(one, author, "Bel 06-12345678.")


def test_a_refusal_clears_the_signals_too(found):
    one = a_proposal(found, text="Bel mij op 06-12345678.")
    verbs.confirm_refusal(a_refusal(one, builders.a_moderator_of(found)), builders.a_moderator_of(found))
    assert kinds(one) == set()


def test_the_author_reads_why_it_waits_and_nobody_else_does(site):
    with site.writing():
        found = builders.a_round(slug="plein")
        author, moderator = builders.a_resident(), builders.a_moderator_of(found)
        one = a_proposal(found, author, title="Bel mij", text="Bel mij op 06-12345678.")
        staff = session().get_one(type(author), moderator.person_id)
    why = "Het wacht omdat wij dit erin zagen: een telefoonnummer."
    for path in ("proposals/{}", "contributions/{}", "contributions/{}/received"):
        assert why in site.browser(author).get(f"/rounds/plein/{path.format(one.public_id)}").text
    assert site.browser().get(f"/rounds/plein/proposals/{one.public_id}").status_code == 404
    queue = site.browser(staff).get("/staff/rounds/plein/queue?signalled=yes").text
    assert "Bel mij" in queue
    assert "één signaal" in queue
    item = site.browser(staff).get(f"/staff/rounds/plein/queue/{one.public_id}").text
    assert "Het platform vraagt u om hiernaar te kijken" in item
    with site.reading() as unit:
        assert unit.get_one(Contribution, one.id).received_at - timedelta(0)
        assert unit.scalars(select(Signal)).one().kind is SignalKind.PHONE
