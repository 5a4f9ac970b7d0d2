"""Taking away somebody's second factor: by two administrators, who are not the person themself."""

from functools import partial

import pytest
from sqlalchemy import select

from consult.accounts.models import RecoveryCode
from consult.accounts.queries import list_factors
from consult.accounts.rules import new_recovery_codes, recovery_hash
from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.mail import Mail
from consult.participants.factors import confirm_factor_reset, propose_factor_reset, withdraw_factor_reset
from consult.participants.models import FactorReset
from consult.policy import Role
from tests.accounts.test_second import half_way, is_in
from tests.builders import a_member_of_staff, acting
from tests.shows import shows
from tests.together import at_once

HOW = "Ik zag haar aan mijn bureau."


@pytest.fixture
def people(site):
    """Two administrators, and somebody who lost a phone and the codes."""
    with site.writing():
        one, other = (a_member_of_staff(Role.ADMIN, totp=True) for _ in range(2))
        lost = a_member_of_staff(Role.MODERATOR, totp=True)
        for code in new_recovery_codes():
            add(RecoveryCode(account_id=lost.account_id, code_hash=recovery_hash(code), created_at=clock.now()))
    return one, other, lost


def page_of(person):
    return f"/staff/people/{person.id}/factor"


@shows("R9", "R26")
def test_two_administrators_together_take_a_second_factor_away(site, people):
    one, other, lost = people
    theirs = site.browser(lost)
    proposed = site.browser(one).post(page_of(lost), {"how_known": HOW})
    assert proposed.status_code == 303
    assert is_in(theirs)
    assert HOW in site.browser(other).get(page_of(lost)).text
    assert site.browser(one).post(f"{page_of(lost)}/confirm").status_code == 403
    assert is_in(theirs)
    assert site.browser(other).post(f"{page_of(lost)}/confirm").status_code == 303
    assert not is_in(theirs)
    with site.reading():
        assert list_factors(lost.account_id) == []
        assert session().scalars(select(RecoveryCode).where(RecoveryCode.ended_at.is_(None))).all() == []
        told = [(mail.kind, mail.recipient_id) for mail in session().scalars(select(Mail))]
        acts = session().scalars(select(Entry.act).where(Entry.act.like("%factor_reset"), Entry.result == "done")).all()
        entries = "".join(str(facts) for facts in session().scalars(select(Entry.facts)))
    assert told == [("second_factor_reset", lost.id)]
    assert acts == ["propose_factor_reset", "confirm_factor_reset"]
    assert HOW not in entries
    assert half_way(site, lost).get("/login/second").location == "/login/second/new"


@shows("R9", "R26")
def test_nobody_takes_away_their_own_second_factor(site, people):
    one, other, _lost = people
    assert site.browser(one).post(page_of(one), {"how_known": HOW}).status_code == 403
    assert site.browser(other).post(page_of(one), {"how_known": HOW}).status_code == 303
    assert site.browser(one).post(f"{page_of(one)}/confirm").status_code == 403
    with site.reading():
        assert list_factors(one.account_id)


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.DIRECTOR, Role.PRIVACY, Role.RESIDENT])
def test_only_administrators_do_it(site, people, role):
    _one, _other, lost = people
    with site.writing():
        browser_of = a_member_of_staff(role)
    browser = site.browser(browser_of)
    assert browser.get(page_of(lost)).status_code == 403
    for path in (page_of(lost), f"{page_of(lost)}/confirm", f"{page_of(lost)}/withdraw"):
        assert browser.post(path, {"how_known": HOW}).status_code == 403


def test_a_proposal_can_be_taken_back_and_made_anew(site, people):
    one, other, lost = people
    assert site.browser(one).post(page_of(lost), {"how_known": ""}).status_code == 422
    site.browser(one).post(page_of(lost), {"how_known": HOW})
    assert site.browser(other).post(page_of(lost), {"how_known": HOW}).status_code == 403
    assert site.browser(one).post(f"{page_of(lost)}/withdraw").status_code == 303
    assert site.browser(other).post(f"{page_of(lost)}/confirm").status_code == 403
    assert site.browser(other).post(page_of(lost), {"how_known": HOW}).status_code == 303
    assert site.browser(one).post(f"{page_of(lost)}/confirm").status_code == 303


def test_there_is_nothing_to_take_away_from_somebody_without(site, people):
    with site.writing():
        new = a_member_of_staff(Role.MODERATOR)
    assert site.browser(people[0]).post(page_of(new), {"how_known": HOW}).status_code == 403


@shows("R26")
def test_confirming_and_taking_back_at_once_leave_one_of_both(site, people):
    one, other, lost = people
    with site.writing():
        propose_factor_reset(lost, HOW, acting(one))
    steps = ((confirm_factor_reset, other), (withdraw_factor_reset, one))
    kept = at_once(site.database, *(partial(decided, step, lost, person) for step, person in steps))
    with site.reading():
        reset = session().scalars(select(FactorReset)).one()
        assert reset.is_confirmed is (list_factors(lost.account_id) == [])
    assert sum(kept) == 1


def decided(step, lost, person):
    actor = acting(person)

    def carry_out():
        try:
            step(lost, actor)
        except NotNow as late:
            raise Conflict from late

    return carry_out
