import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.contributions.queries import get_contribution
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, TooMany
from consult.moderation.models import Ground, Report, Settled
from consult.moderation.verbs import confirm_refusal, hold, propose_refusal, report, settle_reports
from tests import builders
from tests.contributions.builders import a_contribution


@pytest.fixture
def contribution(unit):
    found = builders.a_round()
    own = a_contribution(found, builders.a_resident())
    return get_contribution(builders.the_platform(), found.slug, own.public_id)


def reported(contribution, by=None):
    report(contribution, builders.acting(by or builders.a_resident()), Ground.ADVERTISING, "Het is een winkel.")
    return session().scalars(select(Report).order_by(Report.reported_at.desc())).first()


def test_reporting_twice_is_reporting_once(contribution):
    reader = builders.a_resident()
    reported(contribution, reader)
    reported(contribution, reader)
    assert len(session().scalars(select(Report)).all()) == 1
    [entry] = session().scalars(select(Entry).where(Entry.act == "report")).all()
    assert entry.actor_id is None, "the page promises that nobody sees who reported"


def test_nobody_reports_their_own_nor_what_is_gone(contribution):
    with pytest.raises(NotAllowed):
        report(contribution, builders.acting(contribution.author), Ground.UNLAWFUL, "")
    hold(contribution, Ground.ADVERTISING, "Reclame.", builders.a_moderator_of(contribution.round))
    with pytest.raises(Conflict):
        reported(contribution)


def test_after_ten_reports_in_an_hour_somebody_waits(contribution):
    reader = builders.a_resident()
    for _ in range(10):
        reported(a_contribution(contribution.round), reader)
    with pytest.raises(TooMany):
        reported(contribution, reader)


def test_a_moderator_says_why_it_stays(contribution):
    reported(contribution)
    moderator = builders.a_moderator_of(contribution.round)
    settle_reports(contribution, moderator, "Het is geen reclame.")
    session().expire_all()
    one = session().scalars(select(Report)).one()
    assert (one.settled, one.answer, one.settled_by_id) == (
        Settled.DISMISSED,
        "Het is geen reclame.",
        moderator.person_id,
    )
    with pytest.raises(Conflict):
        settle_reports(contribution, moderator, "Nog eens.")


@pytest.mark.parametrize("way", ["held", "refused"])
def test_taking_it_off_the_site_settles_what_was_reported(contribution, way):
    reported(contribution)
    one, other = (builders.a_moderator_of(contribution.round) for _ in range(2))
    if way == "held":
        hold(contribution, Ground.ADVERTISING, "Reclame.", one)
    else:
        confirm_refusal(propose_refusal(contribution, Ground.ADVERTISING, "Reclame.", one), other)
    session().expire_all()
    assert session().scalars(select(Report.settled)).all() == [Settled.UPHELD]


def test_the_queue_shows_what_was_reported_and_not_by_whom(site):
    with site.writing():
        builders.an_authority()
        found = builders.a_round()
        one = a_contribution(found, title="Kom naar mijn winkel")
        a_contribution(found, title="Iets gewoons")
        reader, moderator = builders.a_resident("Lezer Kanarie"), builders.a_member_of_staff()
        builders.appoint(found, moderator)
    browser = site.browser(reader)
    path = f"/rounds/{found.slug}/contributions/{one.public_id}/report"
    assert browser.get(path).status_code == 200
    assert browser.post(path, {"words": "Kijk eens."}).status_code == 422
    assert browser.post(path, {"ground": "advertising", "words": "Kijk eens."}).status_code == 303
    assert "Dank u wel" in browser.get(path).text
    staff = site.browser(moderator)
    queue = staff.get(f"/staff/rounds/{found.slug}/queue?reported=yes").text
    assert "Kom naar mijn winkel" in queue
    assert "Iets gewoons" not in queue
    item = staff.get(f"/staff/rounds/{found.slug}/queue/{one.public_id}").text
    assert "Kijk eens." in item
    assert "Lezer Kanarie" not in queue + item
    assert staff.get(f"/staff/rounds/{found.slug}/queue/{one.public_id}/reports").text.count("(niet verplicht)") == 0
    settle = f"/staff/rounds/{found.slug}/queue/{one.public_id}/reports"
    assert staff.post(settle, {"answer": ""}).status_code == 422
    assert staff.post(settle, {"answer": "Het mag."}).status_code == 303
    assert "Kom naar mijn winkel" not in staff.get(f"/staff/rounds/{found.slug}/queue?reported=yes").text
