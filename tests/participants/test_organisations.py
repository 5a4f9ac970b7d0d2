from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.errors import Conflict, NotFound, NotNow, TooMany
from consult.foundation.language import speaking
from consult.foundation.mail import Mail
from consult.participants import organisations, queries
from consult.participants.models import Membership, OrganisationState
from consult.participants.rules import invitation_token, token_hash
from consult.policy import Act, MemberDuty, allows
from tests.builders import a_member_of_staff, a_resident, acting, the_platform
from tests.participants.builders import an_organisation, join, somebody, told
from tests.shows import shows
from tests.site import SECRET


def mails(unit, kind):
    return list(unit.scalars(select(Mail).where(Mail.kind == kind)))


def test_whoever_asks_represents_the_organisation_also_while_it_waits(unit):
    asker = somebody()
    new = organisations.ask(told("Groen aan Zet"), acting(asker))
    assert (new.slug, new.state, new.asked_by_id) == ("groen-aan-zet", OrganisationState.ASKED, asker.id)
    assert acting(asker).memberships == {new.id: MemberDuty.REPRESENTATIVE}


def test_until_it_was_verified_an_organisation_exists_for_its_members_alone(unit):
    asker = somebody()
    new = organisations.ask(told(), acting(asker))
    assert queries.get_organisation(acting(asker), new.slug) is new
    for other in (None, a_resident(), somebody(), a_member_of_staff()):
        with pytest.raises(NotFound):
            queries.get_organisation(acting(other), new.slug)
    organisations.verify(new, the_platform())
    assert queries.get_organisation(acting(None), new.slug) is new


def test_a_number_is_held_by_one_organisation_until_it_is_refused(unit):
    first = an_organisation(kvk="12345678", state="asked")
    with pytest.raises(Conflict):
        organisations.ask(told(kvk="12345678"), acting(somebody()))
    organisations.refuse(first, "Dit nummer hoort bij een ander.", the_platform())
    second = organisations.ask(told(kvk="12345678"), acting(somebody()))
    with pytest.raises(Conflict):
        organisations.correct(first, told(kvk="12345678"), the_platform())
    assert second.state is OrganisationState.ASKED


def test_the_fourth_that_waits_of_one_person_has_to_wait(unit):
    asker = somebody()
    made = [organisations.ask(told(), acting(asker)) for _ in range(3)]
    with pytest.raises(NotNow):
        organisations.ask(told(), acting(asker))
    organisations.verify(made[0], the_platform())
    organisations.ask(told(), acting(asker))


def test_a_decision_is_taken_once_and_told_to_the_representatives(unit):
    asker, clerk = somebody(), a_member_of_staff()
    new = organisations.ask(told(), acting(asker))
    organisations.verify(new, acting(clerk))
    assert (new.state, new.decided_by_id) == (OrganisationState.VERIFIED, clerk.id)
    [mail] = mails(unit, "organisation_verified")
    assert (mail.recipient_id, mail.facts) == (asker.id, {"organisation": str(new.id)})
    with pytest.raises(Conflict):
        organisations.refuse(new, "Toch niet.", acting(clerk))


def test_a_refused_one_reads_why_and_asks_again(unit):
    asker = somebody()
    new = an_organisation(representative=asker, state="refused")
    assert new.refusal == "Het nummer hoort bij een ander."
    assert [mail.recipient_id for mail in mails(unit, "organisation_refused")] == [asker.id]
    organisations.correct(new, told("Groen beter"), acting(asker))
    assert (new.state, new.name) == (OrganisationState.ASKED, "Groen beter")
    organisations.verify(new, the_platform())
    with pytest.raises(NotNow):
        organisations.correct(new, told("Een ander"), acting(asker))


def test_once_verified_it_still_says_of_itself_what_it_wants(unit):
    asker = somebody()
    new = an_organisation("Groen", asker)
    organisations.describe(
        new, acting(asker), domain="groen.nl", about="Wij planten.", about_html="<p>Wij planten.</p>"
    )
    assert (new.name, new.domain, new.site, new.about_html) == (
        "Groen",
        "groen.nl",
        "https://groen.nl",
        "<p>Wij planten.</p>",
    )


def test_an_invitation_is_mailed_and_only_the_hash_of_its_link_is_kept(unit):
    asker = somebody()
    new = an_organisation(representative=asker)
    sent = organisations.invite(new, "lid@groen.nl", MemberDuty.MEMBER, acting(asker), secret=SECRET)
    [mail] = mails(unit, "member_invited")
    assert (mail.address, mail.recipient_id, mail.facts) == ("lid@groen.nl", None, {"invitation": str(sent.id)})
    token = invitation_token(sent.id, SECRET)
    assert sent.token_hash == token_hash(token)
    assert queries.get_invited(acting(None), token) is sent
    with pytest.raises(NotFound):
        queries.get_invited(acting(None), token + "x")


def test_an_organisation_that_was_not_verified_sends_no_mail(unit):
    asker = somebody()
    new = an_organisation(representative=asker, state="asked")
    with pytest.raises(NotNow):
        organisations.invite(new, "lid@groen.nl", MemberDuty.MEMBER, acting(asker), secret=SECRET)


def test_the_answer_to_an_invitation_is_the_same_whether_the_address_is_known(unit):
    asker, known = somebody(), somebody()
    new = an_organisation(representative=asker)
    join(new, known)
    one, other = (
        organisations.invite(new, email, MemberDuty.MEMBER, acting(asker), secret=SECRET)
        for email in ("m1@gemeente.test", "niemand@groen.nl")
    )
    assert one.duty is other.duty
    assert len(mails(unit, "member_invited")) == 3


def test_the_twenty_first_invitation_of_a_day_waits(unit):
    asker = somebody()
    new = an_organisation(representative=asker)
    for n in range(20):
        organisations.invite(new, f"lid{n}@groen.nl", MemberDuty.MEMBER, acting(asker), secret=SECRET)
    with pytest.raises(TooMany):
        organisations.invite(new, "lid@groen.nl", MemberDuty.MEMBER, acting(asker), secret=SECRET)
    later = acting(asker, clock.now() + timedelta(hours=25))
    organisations.invite(new, "lid@groen.nl", MemberDuty.MEMBER, later, secret=SECRET)


def test_an_invitation_is_good_once_and_for_fourteen_days(unit):
    asker = somebody()
    new = an_organisation(representative=asker)

    def invited():
        return organisations.invite(new, "lid@groen.nl", MemberDuty.MEMBER, acting(asker), secret=SECRET)

    used, late, back = invited(), invited(), invited()
    member = somebody()
    organisations.accept(used, acting(member))
    assert acting(member).memberships == {new.id: MemberDuty.MEMBER}
    organisations.withdraw_invitation(back, acting(asker))
    for invitation, at in ((used, None), (late, clock.now() + timedelta(days=14, seconds=1)), (back, None)):
        with pytest.raises(NotNow):
            organisations.accept(invitation, acting(somebody(), at))
    with pytest.raises(NotNow):
        organisations.withdraw_invitation(used, acting(asker))


def test_a_representative_stays_one_when_invited_as_a_member(unit):
    asker = somebody()
    new = an_organisation(representative=asker)
    join(new, asker, MemberDuty.MEMBER)
    assert acting(asker).memberships == {new.id: MemberDuty.REPRESENTATIVE}


def test_the_last_one_who_represents_it_cannot_step_back(unit):
    asker, member = somebody(), somebody()
    new = an_organisation(representative=asker)
    join(new, member)
    mine = next(one for one in queries.list_members(new.id) if one.person_id == asker.id)
    for try_it in (
        lambda: organisations.leave(new, acting(asker)),
        lambda: organisations.remove(mine, acting(asker)),
        lambda: organisations.set_duty(mine, MemberDuty.MEMBER, acting(asker)),
    ):
        with pytest.raises(NotNow):
            try_it()
    organisations.leave(new, acting(member))
    assert acting(member).memberships == {}


@shows("R23")
def test_with_a_membership_every_right_that_came_from_it_is_gone(unit):
    asker, second = somebody(), somebody()
    new = an_organisation(representative=asker)
    join(new, second, MemberDuty.REPRESENTATIVE)
    theirs = next(one for one in queries.list_members(new.id) if one.person_id == second.id)
    own_way_back = organisations.invite(
        new, "thuis@elders.nl", MemberDuty.REPRESENTATIVE, acting(second), secret=SECRET
    )
    acts = (Act.READ_MEMBERS, Act.INVITE_MEMBER, Act.CHANGE_MEMBER, Act.EDIT_ORGANISATION, Act.WRITE_POSITION)
    assert all(allows(act, acting(second), new) for act in acts)
    organisations.set_duty(theirs, MemberDuty.MEMBER, acting(asker))
    assert [act for act in acts if allows(act, acting(second), new)] == [Act.READ_MEMBERS, Act.WRITE_POSITION]
    with pytest.raises(NotNow):
        organisations.accept(own_way_back, acting(second))
    organisations.remove(theirs, acting(asker))
    assert not any(allows(act, acting(second), new) for act in acts)
    join(new, second)
    assert acting(second).memberships == {new.id: MemberDuty.MEMBER}
    assert unit.query(Membership).filter_by(person_id=second.id).count() == 1


@shows("R23")
def test_nobody_comes_back_by_an_invitation_of_their_own(unit):
    asker, second = somebody(), somebody()
    new = an_organisation(representative=asker)
    join(new, second, MemberDuty.REPRESENTATIVE)
    theirs = next(one for one in queries.list_members(new.id) if one.person_id == second.id)
    own, ours = (
        organisations.invite(new, "x@elders.nl", MemberDuty.REPRESENTATIVE, acting(one), secret=SECRET)
        for one in (second, asker)
    )
    organisations.remove(theirs, acting(asker))
    with pytest.raises(NotNow):
        organisations.accept(own, acting(second))
    organisations.accept(ours, acting(somebody()))


def test_the_journal_holds_no_word_of_an_organisation_and_its_log_says_who_did_what(unit):
    asker = somebody("Wilhelmina Kwikstaart")
    new = an_organisation("Klokkenvrienden", asker)
    member = somebody("Bartje Broekspijp")
    join(new, member)
    theirs = next(one for one in queries.list_members(new.id) if one.person_id == member.id)
    organisations.set_duty(theirs, MemberDuty.REPRESENTATIVE, acting(asker))
    organisations.remove(theirs, acting(asker))
    facts = str([entry.facts for entry in unit.scalars(select(Entry))]).lower()
    assert "klokken" not in facts
    assert "kwikstaart" not in facts
    with speaking("en"):
        words = [sentence for _at, sentence in queries.list_log(new.id)]
    assert words[0] == "Wilhelmina Kwikstaart took Bartje Broekspijp off the list."
    assert words[-1] == "Wilhelmina Kwikstaart asked to take part."
    assert all(words)
