from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.contributions.models import CoAuthor, Contribution, State
from consult.contributions.queries import get_contribution
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound, NotNow
from consult.foundation.mail import Mail
from consult.participants.models import Person
from consult.participants.rules import invitation_token
from consult.policy import Act, allows
from consult.proposals import queries, together, verbs
from consult.proposals.models import Invitation
from consult.rounds.models import PhaseKind
from consult.rounds.queries import slug_of
from tests.builders import a_moderator_of, a_resident, a_round, acting, phase_of
from tests.proposals.builders import a_proposal
from tests.shows import shows
from tests.site import SECRET
from tests.together import at_once

ADDRESS = "wie@voorbeeld.test"


def asked_along(proposal, address=ADDRESS):
    """An invitation by the author, and the token of its link."""
    author = session().get_one(Person, proposal.author_id)
    invitation = together.invite(proposal, acting(author), address, SECRET)
    return invitation, invitation_token(invitation.id, SECRET)


def whole(proposal, actor):
    """The proposal as a page loads it."""
    session().flush()
    session().expire_all()
    told = session().get_one(Contribution, proposal.id)
    return get_contribution(actor, slug_of(told.round_id), told.public_id)


@pytest.fixture
def proposal(unit):
    author = a_resident("Anna Auteur")
    return whole(a_proposal(a_round(slug="plein"), author, title="Bankjes"), acting(author))


@shows("R4")
def test_an_invitation_is_mailed_the_same_way_whether_the_address_is_known_or_not(unit, proposal):
    known = a_resident()
    address = unit.connection().exec_driver_sql("select email from account order by created_at desc limit 1").scalar()
    for one in (address, "niemand@voorbeeld.test"):
        asked_along(proposal, one)
    sent = unit.scalars(select(Mail).where(Mail.kind == "co_author_invited")).all()
    assert {(mail.address, mail.recipient_id) for mail in sent} == {(address, None), ("niemand@voorbeeld.test", None)}
    assert known.id


@shows("R5")
def test_only_the_hash_of_the_link_is_kept_and_no_word_of_it_stands_in_mail_or_journal(unit, proposal):
    invitation, token = asked_along(proposal)
    journal = str([entry.facts for entry in unit.scalars(select(Entry))])
    assert token not in journal + str([mail.facts for mail in unit.scalars(select(Mail))])
    assert ADDRESS not in journal
    assert len(invitation.token_hash) == 32
    assert queries.get_invitation(acting(a_resident()), token) is invitation
    with pytest.raises(NotFound):
        queries.get_invitation(acting(a_resident()), token[:-1] + ("a" if token[-1] != "a" else "b"))


def test_whoever_says_yes_can_change_the_text_and_stands_beside_it(unit, proposal):
    invitation, token = asked_along(proposal)
    friend = a_resident("Bram Vriend")
    together.answer_invitation(queries.get_invitation(acting(friend), token), acting(friend), accepts=True)
    mine = whole(proposal, acting(friend))
    assert [one.person.name for one in mine.co_authors] == ["Bram Vriend"]
    assert allows(Act.EDIT_PROPOSAL, acting(friend), mine)
    assert not allows(Act.WITHDRAW_PROPOSAL, acting(friend), mine)
    assert not allows(Act.INVITE_CO_AUTHOR, acting(friend), mine)
    verbs.edit_proposal(mine, acting(friend), title="Bankjes en bomen", text="Beide.", html="", version=1)
    assert mine.version == 2
    assert invitation.address is None, "where it was sent is forgotten once it was answered"


@shows("R27")
def test_a_held_text_is_seen_by_those_who_write_along_and_by_nobody_else(unit, proposal):
    _invitation, token = asked_along(proposal)
    friend, stranger = a_resident(), a_resident()
    together.answer_invitation(queries.get_invitation(acting(friend), token), acting(friend), accepts=True)
    unit.get_one(Contribution, proposal.id).state = State.HELD
    assert whole(proposal, acting(friend)).id == proposal.id
    with pytest.raises(NotFound):
        whole(proposal, acting(stranger))
    own = whole(proposal, acting(friend)).co_authors[0]
    together.leave_proposal(whole(proposal, acting(friend)), acting(friend))
    assert unit.get_one(CoAuthor, own.id, populate_existing=True).left_at is not None
    with pytest.raises(NotFound):
        whole(proposal, acting(friend))


@shows("R5", "R6")
def test_a_link_works_once_and_stays_dead(unit, proposal):
    _invitation, token = asked_along(proposal)
    first, second = a_resident(), a_resident()
    together.answer_invitation(queries.get_invitation(acting(first), token), acting(first), accepts=True)
    for person in (first, second):
        with pytest.raises(NotNow):
            together.answer_invitation(queries.get_invitation(acting(person), token), acting(person), accepts=True)
    assert len(whole(proposal, acting(first)).co_authors) == 1


@shows("R6")
@pytest.mark.parametrize("how", ["no", "withdrawn", "late"])
def test_an_invitation_that_is_over_lets_nobody_in(unit, proposal, how):
    invitation, token = asked_along(proposal)
    friend, at = a_resident(), None
    if how == "no":
        together.answer_invitation(queries.get_invitation(acting(friend), token), acting(friend), accepts=False)
    elif how == "withdrawn":
        together.withdraw_invitation(queries.get_invitation(acting(friend), token), acting(proposal.author))
    else:
        unit.get_one(Invitation, invitation.id).ends_at = clock.now()
        at = clock.now()
    with pytest.raises(NotNow):
        together.answer_invitation(queries.get_invitation(acting(friend), token), acting(friend, at), accepts=True)
    assert whole(proposal, acting(None)).co_authors == []


def test_of_an_invitation_whose_time_is_over_the_address_is_forgotten_and_it_can_be_sent_again(unit, proposal):
    invitation, _token = asked_along(proposal)
    assert together.forget_addresses(invitation.ends_at - timedelta(seconds=1)) == 0
    assert together.forget_addresses(invitation.ends_at) == 1
    asked_along(proposal)


def test_the_author_takes_somebody_off_and_can_ask_them_again(unit, proposal):
    author, friend = acting(proposal.author), a_resident()
    for _time in range(2):
        _invitation, token = asked_along(proposal)
        together.answer_invitation(queries.get_invitation(acting(friend), token), acting(friend), accepts=True)
        [along] = whole(proposal, author).co_authors
        told = queries.get_co_author(author, "plein", proposal.public_id, along.id)
        together.remove_co_author(told, author)
        assert whole(proposal, author).co_authors == []
        assert not allows(Act.EDIT_PROPOSAL, acting(friend), whole(proposal, acting(friend)))


def test_one_address_is_asked_once_and_ten_people_are_the_most(unit, proposal):
    asked_along(proposal)
    with pytest.raises(Conflict):
        asked_along(proposal)
    for number in range(together.MOST - 1):
        asked_along(proposal, f"n{number}@voorbeeld.test")
    with pytest.raises(Conflict):
        asked_along(proposal, "nog@voorbeeld.test")


def test_twenty_people_a_day_are_the_most_that_one_person_asks(unit, monkeypatch):
    monkeypatch.setattr(together, "MOST_A_DAY", 2)
    author = a_resident()
    found = a_round(slug="plein")
    for number in range(2):
        asked_along(whole(a_proposal(found, author), acting(author)), f"n{number}@voorbeeld.test")
    with pytest.raises(NotNow):
        asked_along(whole(a_proposal(found, author), acting(author)))


@shows("S03")
def test_outside_collecting_nobody_is_asked_and_nobody_joins(unit, proposal):
    _invitation, token = asked_along(proposal)
    late = phase_of(proposal.round, PhaseKind.COLLECT).closes_at
    friend = a_resident()
    with pytest.raises(NotNow):
        together.invite(proposal, acting(proposal.author, late), "nog@voorbeeld.test", SECRET)
    with pytest.raises(NotNow):
        together.answer_invitation(queries.get_invitation(acting(friend), token), acting(friend, late), accepts=True)


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REFUSED])
def test_what_is_changed_no_more_takes_no_writers(unit, proposal, state):
    proposal.state = state
    with pytest.raises(NotNow):
        asked_along(proposal)


def test_the_author_does_not_join_their_own_proposal(unit, proposal):
    _invitation, token = asked_along(proposal)
    told = queries.get_invitation(acting(proposal.author), token)
    with pytest.raises(Conflict):
        together.answer_invitation(told, acting(proposal.author), accepts=True)


@shows("R5")
def test_of_two_who_press_yes_at_once_one_joins(empty_database):
    with empty_database.writing():
        author = a_resident()
        mine = a_proposal(a_round(slug="plein"), author)
        invitation = together.invite(mine, acting(author), ADDRESS, SECRET)
        token = invitation_token(invitation.id, SECRET)
        actors = [acting(a_resident()) for _ in range(2)]

    def joining(actor):
        def load():
            told = queries.get_invitation(actor, token)
            return lambda: answer(told, actor)

        return load

    def answer(told, actor):
        try:
            together.answer_invitation(told, actor, accepts=True)
        except NotNow as refusal:
            raise Conflict(refusal.sentence) from refusal

    assert sorted(at_once(empty_database, *map(joining, actors))) == [False, True]
    with empty_database.reading() as unit:
        assert len(unit.scalars(select(CoAuthor)).all()) == 1


def test_from_the_mail_to_the_text_and_off_again(site):
    with site.writing():
        author, friend = a_resident("Anna Auteur"), a_resident("Bram Vriend")
        mine = a_proposal(a_round(slug="plein"), author, title="Bankjes")
        page = f"/rounds/plein/proposals/{mine.public_id}"
    browser, theirs = site.browser(author), site.browser(friend)
    assert browser.post(f"{page}/co-authors", {"email": "geen adres"}).status_code == 422
    assert browser.post(f"{page}/co-authors", {"email": " Wie@Voorbeeld.test "}).status_code == 303
    assert "wie@voorbeeld.test" in browser.get(f"{page}/co-authors").text
    with site.reading() as unit:
        address = f"/invitations/{invitation_token(unit.scalars(select(Invitation.id)).one(), SECRET)}"
    assert site.browser().get(address).location.startswith("/login")
    shown = theirs.get(address)
    assert shown.status_code == 200
    assert "Anna Auteur" in shown.text
    assert theirs.post(address, {"joins": "yes"}).location == page
    assert "Anna Auteur met Bram Vriend" in site.browser().get(page).text
    assert theirs.get(f"{page}/edit").status_code == 200
    assert theirs.get(f"{page}/withdraw").status_code == 403
    assert "voorbeeld.test" not in theirs.get(f"{page}/co-authors").text
    assert "Bankjes" in theirs.get("/me").text
    assert theirs.post(f"{page}/co-authors/leave").status_code == 303
    assert theirs.get(f"{page}/edit").status_code == 403
    assert "Bram Vriend" not in site.browser().get(page).text
    assert theirs.get(address).status_code == 200, "a link that was used says so"
    assert theirs.post(address, {"joins": "yes"}).status_code == 403


@shows("R15")
def test_one_address_is_not_asked_more_than_five_times_a_day_by_whomever(site):
    with site.writing():
        found = a_round(slug="plein")
        people = [a_resident() for _ in range(6)]
        pages = [f"/rounds/plein/proposals/{a_proposal(found, one).public_id}/co-authors" for one in people]
    told = {"email": ADDRESS}
    answers = [site.browser(one).post(page, told).status_code for one, page in zip(people, pages, strict=True)]
    assert answers == [303] * 5 + [429]


def test_who_moderates_the_round_does_not_write_along(unit, proposal):
    _invitation, token = asked_along(proposal)
    moderator = a_moderator_of(proposal.round)
    assert not allows(Act.ANSWER_INVITATION, moderator, queries.get_invitation(moderator, token))
