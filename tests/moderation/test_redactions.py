import re
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from consult.audit.models import Entry
from consult.contributions.models import Contribution, SignalKind, State
from consult.contributions.queries import (
    find_whole,
    get_contribution,
    list_contributions,
    list_standing_signals,
    list_versions,
    whole_of,
)
from consult.contributions.rules import Wanted
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.mail import Mail
from consult.moderation import verbs
from consult.moderation.models import Ground, Redaction
from consult.moderation.redactions import (
    confirm_redaction,
    decide_lifting,
    overrule_redaction,
    propose_lifting,
    propose_redaction,
)
from consult.participants.models import Person
from consult.policy import Act
from consult.proposals.queries import list_readable_versions
from consult.proposals.verbs import edit_proposal
from consult.similarity.queries import list_similar
from tests import builders
from tests.contributions.builders import a_contribution
from tests.moderation.builders import a_redaction, a_refusal
from tests.proposals.builders import a_proposal

MARK = "[deel weggehaald]"
WHO = "Jan de Vries"
TEXT = "De buurman **Jan de Vries** parkeert op de stoep bij de vijver.\n\nDoe daar iets aan."


@pytest.fixture
def found(unit):
    return builders.a_round()


@pytest.fixture
def author(found):
    return builders.a_resident()


@pytest.fixture
def one(found, author):
    made = a_proposal(found, author, title="Jan de Vries parkeert", text=TEXT)
    return get_contribution(builders.the_platform(), found.slug, made.public_id)


def taken_away(one, *passages, ground=Ground.PERSONAL_DATA):
    redaction = a_redaction(one, *passages or [WHO], ground=ground)
    confirm_redaction(redaction, builders.a_moderator_of(one.round))
    return redaction


def edited(one, author, **changed):
    told = {"title": "Jan de Vries parkeert", "text": TEXT} | changed
    return edit_proposal(one, builders.acting(author), **told, html=f"<p>{told['text']}</p>", version=one.version)


def test_a_passage_is_away_once_a_second_person_confirms_it(one):
    before = one.text
    redaction = a_redaction(one, WHO)
    assert one.text == before, "a proposal changes nothing"
    confirm_redaction(redaction, builders.a_moderator_of(one.round))
    assert one.title == f"{MARK} parkeert"
    assert WHO not in one.text
    assert WHO not in one.html
    assert f"<strong>{MARK}</strong>" in one.html
    assert one.is_public
    assert one.version == 1


def test_the_whole_text_stays_for_its_author_and_for_who_serves_the_round(one, author):
    before = whole_of(one)
    taken_away(one)
    assert whole_of(one) == before
    assert find_whole(one, builders.acting(author)) == before
    assert find_whole(one, builders.a_moderator_of(one.round)) == before
    assert find_whole(one, builders.acting(builders.a_resident())) is None
    assert find_whole(one, builders.acting(None)) is None


def test_nobody_takes_away_alone(one):
    moderator = builders.a_moderator_of(one.round)
    redaction = propose_redaction(one, [WHO], Ground.PERSONAL_DATA, "Naam van een ander.", moderator)
    for decide in (confirm_redaction, overrule_redaction):
        with pytest.raises(NotAllowed):
            decide(redaction, moderator)
    redaction.decided_by_id, redaction.decided_at = moderator.person_id, moderator.arrived_at
    with pytest.raises(IntegrityError):
        session().flush()


def test_the_database_lets_nobody_give_back_alone(one):
    redaction, moderator = taken_away(one), builders.a_moderator_of(one.round)
    redaction.lift_asked_by_id = redaction.lifted_by_id = moderator.person_id
    with pytest.raises(IntegrityError):
        session().flush()


def test_what_was_overruled_stays_as_it_was(one):
    redaction = a_redaction(one, WHO)
    overrule_redaction(redaction, builders.a_moderator_of(one.round))
    assert (one.text, one.hidden, redaction.is_confirmed) == (TEXT, [], False)
    with pytest.raises(Conflict):
        confirm_redaction(redaction, builders.a_moderator_of(one.round))


def test_one_decision_waits_at_a_time(one):
    a_redaction(one, WHO)
    with pytest.raises(Conflict):
        a_redaction(one, "stoep")
    with pytest.raises(Conflict):
        a_refusal(one, builders.a_moderator_of(one.round))


def test_what_waits_for_a_second_person_is_not_published_meanwhile(one):
    verbs.hold(one, Ground.UNLAWFUL, "Even kijken.", builders.a_moderator_of(one.round))
    a_redaction(one, WHO)
    with pytest.raises(Conflict):
        verbs.publish(one, builders.a_moderator_of(one.round))


@pytest.mark.parametrize("passages", [[], ["Piet Jansen"], ["Jan de", "Kees"]])
def test_a_passage_stands_in_the_text_or_is_none(one, passages):
    with pytest.raises(Conflict):
        propose_redaction(one, passages, Ground.UNLAWFUL, "Weg.", builders.a_moderator_of(one.round))


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN])
def test_nothing_is_taken_from_what_is_gone(found, state):
    with pytest.raises(Conflict):
        a_redaction(a_contribution(found, state=state), "bankje")


def test_words_that_are_away_find_nothing(one):
    visitor = builders.acting(None)

    def seen(words):
        return [c.id for c in list_contributions(visitor, one.round_id, Wanted(words=words)).items]

    assert seen("vries") == [one.id]
    taken_away(one)
    assert seen("vries") == []
    assert seen("parkeert") == [one.id]
    assert list_similar(one.round_id, visitor, "Vries", "Jan de Vries") == []


def test_earlier_versions_are_read_without_it_too(one, author):
    edited(one, author, text=f"{TEXT}\n\nMeer.")
    taken_away(one)
    visitor = builders.acting(None)
    assert all(WHO not in v.text + v.title + v.html for v in list_readable_versions(visitor, one))
    assert all(WHO in v.text.replace("*", "") for v in list_readable_versions(builders.acting(author), one))
    assert all(v.text.startswith("De buurman **Jan") for v in list_versions(one.id)), "the versions stay whole"


def test_a_passage_that_stands_only_in_an_earlier_version_is_taken_from_there(one, author):
    edited(one, author, title="Parkeren", text="Er parkeert iemand.")
    taken_away(one)
    assert one.text == "Er parkeert iemand."
    assert all(WHO not in v.text + v.title for v in list_readable_versions(builders.acting(None), one))
    edited(one, author, title="Parkeren", text="Er parkeert vaak iemand.")
    assert one.is_public, "it was not in the text that changed"


def test_an_edit_does_not_bring_it_back(one, author):
    taken_away(one)
    edited(one, author, text=f"{TEXT}\n\nEn jan   de vries weer.")
    assert one.is_public
    assert one.text.count(MARK) == 2
    assert "vries" not in one.text.lower() + one.html.lower() + one.title.lower()
    assert "jan   de vries weer" in whole_of(one).text


def test_the_same_text_again_is_no_new_version(one, author):
    taken_away(one)
    edited(one, author)
    assert one.version == 1


@pytest.mark.parametrize("instead", ["De buurman J. de Vries parkeert.", "De buurman parkeert."])
def test_an_edit_in_which_the_passage_is_no_longer_there_waits_for_a_moderator(one, author, instead):
    taken_away(one)
    edited(one, author, title="Parkeren", text=instead)
    assert one.state is State.HELD
    assert list_standing_signals(one) == [SignalKind.REWORDED], "so that author and moderators know why"
    verbs.publish(one, builders.a_moderator_of(one.round))
    edited(one, author, title="Parkeren", text=f"{instead} Vaak.")
    assert one.is_public, "what was looked at is not held again"


def test_an_edit_that_would_hide_what_others_were_joined_with_is_refused(one, author):
    other = a_proposal(one.round)
    verbs.merge(other, one, builders.a_moderator_of(one.round))
    taken_away(one)
    with pytest.raises(NotNow):
        edited(one, author, title="Parkeren", text="De buurman J. de Vries parkeert.")
    assert (one.version, one.is_public) == (1, True)


def test_it_comes_back_when_a_second_person_agrees(one):
    redaction, first = taken_away(one), builders.a_moderator_of(one.round)
    propose_lifting(redaction, "Hij vindt het goed.", first)
    assert WHO not in one.title
    with pytest.raises(NotAllowed):
        decide_lifting(redaction, first, agrees=True)
    decide_lifting(redaction, builders.a_moderator_of(one.round), agrees=True)
    assert (one.title, one.text, one.hidden) == ("Jan de Vries parkeert", TEXT, [])
    assert not redaction.stands
    with pytest.raises(Conflict):
        propose_lifting(redaction, "Nog eens.", first)


def test_it_stays_away_when_a_second_person_does_not_agree(one):
    redaction = taken_away(one)
    propose_lifting(redaction, "Hij vindt het goed.", builders.a_moderator_of(one.round))
    with pytest.raises(Conflict):
        propose_lifting(redaction, "Ik ook.", builders.a_moderator_of(one.round))
    decide_lifting(redaction, builders.a_moderator_of(one.round), agrees=False)
    assert redaction.stands
    assert WHO not in one.text
    with pytest.raises(Conflict):
        decide_lifting(redaction, builders.a_moderator_of(one.round), agrees=True)


def test_giving_one_back_leaves_the_others_away(one):
    first, _second = taken_away(one), taken_away(one, "stoep", WHO)
    propose_lifting(first, "Mag.", builders.a_moderator_of(one.round))
    decide_lifting(first, builders.a_moderator_of(one.round), agrees=True)
    assert one.hidden == ["stoep", WHO]
    assert WHO not in one.text
    assert "stoep" not in one.text


def test_the_author_is_told_and_the_journal_holds_no_words(one):
    redaction = taken_away(one)
    entries = session().scalars(select(Entry).where(Entry.subject_id == one.id)).all()
    acts = [entry.act for entry in entries if entry.act.endswith("redaction")]
    assert acts == [Act.PROPOSE_REDACTION.value, Act.CONFIRM_REDACTION.value]
    assert not any("Vries" in str(entry.facts) or "Naam" in str(entry.facts) for entry in entries)
    assert entries[-1].facts["passages"] == 1
    told = session().scalars(select(Mail).where(Mail.kind == "redacted")).all()
    assert [one_.facts["redaction"] for one_ in told] == [str(redaction.id)]


def test_a_redacted_text_is_still_fingerprinted_whole(one, author):
    taken_away(one)
    edited(one, author, text=f"{TEXT}\n\nMeer.")
    assert list_versions(one.id)[0].text.endswith("Meer.")
    assert WHO in list_versions(one.id)[0].text.replace("*", "")


QUEUE = "/staff/rounds/plein/queue"


@pytest.fixture
def desk(site):
    """A round with two moderators and a proposal that names somebody."""
    with site.writing():
        found = builders.a_round(slug="plein")
        author = builders.a_resident("Fatma")
        people = [session().get_one(Person, builders.a_moderator_of(found).person_id) for _ in range(2)]
        made = a_proposal(found, author, title="Jan de Vries parkeert", text=TEXT)
    return author, people, made


def hidden_field(page, name):
    return re.search(rf'name="{name}"[^>]* value="([0-9a-f-]{{36}})"', page).group(1)


def test_two_moderators_take_a_name_away_with_a_look_first(site, desk):
    author, (first, second), made = desk
    path = f"{QUEUE}/{made.public_id}"
    browser = site.browser(first)
    assert f"{path}/redaction" in browser.get(path).text
    typed = {"passages": "Jan de  Vries\n", "ground": "personal_data", "reason": "Dit is de naam van een ander."}
    wrong = browser.post(f"{path}/redaction", {**typed, "passages": "Piet"})
    assert wrong.status_code == 422
    assert "Dit staat niet in de tekst: “Piet”" in wrong.text
    look = browser.post(f"{path}/redaction", typed)
    assert look.status_code == 422
    assert f"<strong>{MARK} parkeert</strong>" in look.text
    assert 'name="seen" type="hidden" value="Jan de  Vries"' in look.text
    with site.reading() as unit:
        assert not unit.scalars(select(Redaction)).all(), "nothing is proposed before it was looked at"
    assert browser.post(f"{path}/redaction", {**typed, "seen": "Jan de  Vries"}).status_code == 303
    assert "Iemand anders moet erover beslissen" in browser.get(path).text
    page = site.browser(second).get(path).text
    site.browser(second).post(f"{path}/redaction/confirm", {"redaction": hidden_field(page, "redaction")})
    for public in (f"/rounds/plein/proposals/{made.public_id}", f"/rounds/plein/contributions/{made.public_id}"):
        text = site.browser().get(public).text
        assert MARK in text
        assert "Vries" not in text
    own = site.browser(author).get(f"/rounds/plein/contributions/{made.public_id}").text
    assert "Jan de Vries parkeert" in own
    assert f"/rounds/plein/contributions/{made.public_id}/appeal" in own
    assert "Jan de Vries" in site.browser(author).get(f"/rounds/plein/proposals/{made.public_id}/edit").text


def test_two_moderators_give_it_back(site, desk):
    _author, (first, second), made = desk
    with site.writing() as unit:
        taken_away(unit.get_one(Contribution, made.id, options=[joinedload(Contribution.round)]))
    path = f"{QUEUE}/{made.public_id}"
    page = site.browser(first).get(path).text
    lifting = unescape(re.search(r'href="([^"]+/redaction/lifting[^"]*)"', page).group(1))
    redaction = hidden_field(site.browser(first).get(lifting).text, "redaction")
    empty = site.browser(first).post(f"{path}/redaction/lifting", {"redaction": redaction, "reason": ""})
    assert empty.status_code == 422
    site.browser(first).post(f"{path}/redaction/lifting", {"redaction": redaction, "reason": "Hij vindt het goed."})
    decide = f"{path}/redaction/lifting/decision"
    assert site.browser(first).post(decide, {"redaction": redaction, "agrees": "yes"}).status_code == 403
    assert site.browser(second).post(decide, {"redaction": redaction, "agrees": "yes"}).status_code == 303
    assert "Jan de Vries" in site.browser().get(f"/rounds/plein/contributions/{made.public_id}").text
