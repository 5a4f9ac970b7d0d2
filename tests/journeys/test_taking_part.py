"""Organisations and paper: a position from the first mail to a second signature, and letters typed in by staff."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from consult.accounts.models import Account
from consult.contributions.models import Contribution, Kind
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.participants.models import OrganisationInvitation
from consult.participants.rules import invitation_token
from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind
from consult.voting.models import Choice, Poll
from consult.voting.queries import count_ballots, tally
from consult.working import work_once
from tests.builders import a_member_of_staff, a_resident, a_round, an_authority, appoint
from tests.foundation.papers import picture
from tests.intake.builders import a_file
from tests.journeys.people import People
from tests.participants.builders import an_organisation
from tests.positions.builders import a_round_with_statements
from tests.shows import shows
from tests.site import SECRET
from tests.voting.builders import a_poll, options_of, votes

PASSWORD = "een lange zin om te onthouden"
BASE, DESK = "/rounds/wijken-2040", "/staff/rounds/wijken-2040"
WRONG = {11: "duif;{day};Een duif bracht dit.", 77: "papier;31-31-2026;Deze dag bestaat niet.", 150: "papier;{day};"}


@pytest.fixture(params=["with scripts", "without scripts"])
def scripts(request, kind):
    if request.param == "without scripts" and kind == "postgresql":
        pytest.skip("without scripts once is enough")
    return request.param == "with scripts"


@shows("S49", "S01")
def test_an_organisation_comes_in_writes_together_sends_in_and_is_co_signed(site, browser, scripts):
    director, signer = _a_round_that_votes(site)
    with People(site, browser, scripts) as people:
        chair, member, other = people.new("chair"), people.new("member"), people.new("signer")
        staff, visitor = people.new("director"), people.new("visitor")
        before = _what_a_visitor_counts(visitor), _what_is_counted(site)
        _a_chair_asks(chair)
        _staff_check(staff, director)
        _the_chair_invites(chair)
        _a_member_joins_and_drafts(member, site)
        visitor.go(f"{BASE}/positions")
        assert "Groen aan Zet" not in visitor.words()
        _the_chair_reviews_and_sends_in(chair)
        _another_one_signs(other, signer)
        _a_visitor_reads(visitor)
        assert (_what_a_visitor_counts(visitor), _what_is_counted(site)) == before


@shows("R7")
def test_staff_enter_a_letter_and_the_right_rows_of_a_file(site, browser, scripts):
    with site.writing():
        an_authority()
        found = a_round(slug="wijken-2040", holds_first=True)
        hanna = a_member_of_staff(Role.MODERATOR, "Hanna", PASSWORD, totp=True)
        appoint(found, hanna, Duty.MODERATOR)
        email, file = _address_of(hanna), _a_file_with_mistakes(found)
    with People(site, browser, scripts) as people:
        moderator = people.new("moderator")
        moderator.sign_in(email, PASSWORD)
        _a_moderator_types_a_letter(moderator)
        assert _entered(site) == 2
        _a_moderator_sends_a_file(moderator, file)
        assert _entered(site) == 2
        _a_moderator_takes_the_right_rows(moderator)
        work_once(site.database)
        assert _entered(site) == 2 + 197
        _a_moderator_finds_them(moderator)


def _a_round_that_votes(site):
    """Everything that others did before: a round with votes, a director, and an organisation that takes part."""
    with site.writing():
        an_authority()
        found = a_round_with_statements(slug="wijken-2040", phases=PhaseKind.PRIORITISE)
        for option in options_of(a_poll(found)):
            votes(a_resident(), option, Choice.FOR)
        person = a_member_of_staff(Role.ORGANISATION, "S. de Boer", PASSWORD)
        an_organisation("Buurtkracht", person)
        director = a_member_of_staff(Role.DIRECTOR, "Regisseur", PASSWORD, totp=True)
        return _address_of(director), _address_of(person)


def _address_of(person):
    return session().get_one(Account, person.account_id).email


def _a_chair_asks(chair):
    chair.go("/register")
    chair.page.locator("[name=for_organisation]").check()
    chair.make_account("M. de Wit", "wit@groenaanzet.test")
    chair.fill(name="Groen aan Zet", kvk="12 34 56 78", domain="groenaanzet.test", about="Wij planten bomen.")
    chair.choose("type", "cooperative")
    chair.press("Ask to take part")
    chair.sees("Wacht op controle")


def _staff_check(staff, email):
    staff.sign_in(email, PASSWORD)
    staff.go("/staff/organisations")
    staff.follow_text("Groen aan Zet")
    staff.sees("12345678")
    staff.press("Yes, let it take part")


def _the_chair_invites(chair):
    chair.go("/organisations/groen-aan-zet")
    chair.follow("Members")
    chair.fill(email="lid@groenaanzet.test")
    chair.choose("member_duty", "member")
    chair.press("Send an invitation")
    chair.sees("lid@groenaanzet.test")


def _a_member_joins_and_drafts(member, site):
    member.go(_invitation(site))
    member.follow("Make an account")
    member.make_account("K. Lid", "lid@groenaanzet.test")
    member.press("Yes, I act for this organisation")
    member.go(f"{BASE}/positions")
    member.follow_text("Groen aan Zet")
    member.fill(
        text="Geef groen de ruimte, ook in de straten.",
        mandate_body="de ledenraad",
        mandate_date=(local(clock.now()).date() - timedelta(3)).isoformat(),
        signatory_name="M. de Wit",
        signatory_function="voorzitter",
        interests="Wij verkopen zelf bomen.",
    )
    for place, stance, weight, why in (
        (0, "2", "3", "Bomen koelen de straat."),
        (1, "-1", "1", "Fietsers tellen ook."),
    ):
        member.choose(f"on_themes-{place}-stance", stance)
        member.choose(f"on_themes-{place}-weight", weight)
        member.fill(**{f"on_themes-{place}-text": why})
    member.press("Keep, and look at it as others will")
    member.sees("Een vertegenwoordiger van uw organisatie")
    assert member.page.get_by_role("button", name="Stuur dit standpunt in").count() == 0


def _invitation(site):
    """The path to which the one invitation that was mailed leads."""
    with site.reading():
        invitation = session().scalars(select(OrganisationInvitation)).one()
        return f"/organisations/join/{invitation_token(invitation.id, SECRET)}"


def _the_chair_reviews_and_sends_in(chair):
    chair.go(f"{BASE}/positions")
    chair.follow_text("Groen aan Zet")
    chair.follow("See it as others will")
    for words in ("Geef groen de ruimte", "Wij verkopen zelf bomen.", "de ledenraad", "Bomen koelen de straat."):
        chair.sees(words)
    chair.press("Send in this position")
    chair.sees("Uw standpunt is ingestuurd")


def _another_one_signs(other, email):
    other.sign_in(email, PASSWORD)
    other.go(f"{BASE}/positions")
    other.follow_text("Groen aan Zet")
    other.follow("Sign with this position")
    other.page.get_by_role("checkbox", name="Groen", exact=True).check()
    day = local(clock.now()).date() - timedelta(1)
    other.fill(mandate_body="het bestuur", mandate_date=day.isoformat())
    other.fill(signatory_name="S. de Boer", signatory_function="secretaris")
    other.press("Sign")
    other.sees("Buurtkracht")


def _a_visitor_reads(visitor):
    visitor.go(f"{BASE}/positions")
    visitor.sees("een organisatie ondertekent mee")
    row = visitor.page.get_by_role("row", name=re.compile("Groen aan Zet"))
    assert [re.findall(r"\(([^)]*)\)", cell.inner_text()) for cell in row.get_by_role("cell").all()] == [
        ["+2", "3 van 3"],
        ["−1", "1 van 3"],
    ]
    visitor.follow_text("Groen aan Zet")
    signed = visitor.page.locator(".onTheme", has=visitor.page.locator(".signs"))
    assert [one.locator("h3").inner_text() for one in signed.all()] == ["Groen"]
    assert "Buurtkracht" in signed.inner_text()


def _what_a_visitor_counts(visitor):
    """The pages that count votes and list what residents put forward, as they read."""
    pages = []
    for path in ("proposals?order=newest", "vote", "results"):
        visitor.go(f"{BASE}/{path}")
        pages.append(visitor.words())
    return pages


def _what_is_counted(site):
    with site.reading():
        poll = session().scalars(select(Poll)).one()
        proposals = select(Contribution.title).where(Contribution.kind == Kind.PROPOSAL).order_by(Contribution.title)
        return tally(poll), count_ballots([poll.id]), session().scalars(proposals).all()


def _a_moderator_types_a_letter(moderator):
    moderator.go(f"{DESK}/intake")
    moderator.choose("channel", "letter")
    moderator.fill(place="Stadhuis", reference="2040-17", writer="Mw. Jansen")
    moderator.fill(**{"ideas-0-title": "Een bankje bij de vijver", "ideas-0-text": "Daar kan ik dan uitrusten."})
    moderator.press("One more idea on this form")
    assert moderator.value("ideas-0-title") == "Een bankje bij de vijver"
    moderator.fill(**{"ideas-1-title": "Meer licht in de tunnel", "ideas-1-text": "Het is er nu te donker."})
    _choose_file(moderator, "scan", "brief.png", "image/png", picture("PNG", (64, 40)))
    moderator.press("Enter this form")
    moderator.follow("Look at it, or add a scan")
    for words in ("Een bankje bij de vijver", "Meer licht in de tunnel", "Mw. Jansen", "brief.png"):
        moderator.sees(words)


def _choose_file(someone, field, name, media_type, content):
    someone.page.set_input_files(f"[name={field}]", {"name": name, "mimeType": media_type, "buffer": content})


def _a_file_with_mistakes(found):
    day = found.phases[0].first_day.isoformat()
    lines = [WRONG.get(n, "papier;{day};Idee nummer " + str(n) + " van de markt.") for n in range(200)]
    return a_file(found, *(line.format(day=day) for line in lines))


def _a_moderator_sends_a_file(moderator, content):
    moderator.follow("A whole file")
    _choose_file(moderator, "file", "markt.csv", "text/csv", content)
    moderator.press("Look at this file")
    wrong = moderator.page.locator("section[aria-labelledby=wrong] tbody tr")
    assert wrong.locator("th").all_inner_texts() == [str(n + 2) for n in WRONG]  # below the header, counted from one
    assert wrong.locator("td:nth-child(2)").all_inner_texts() == ["Kanaal", "Datum", "Tekst"]
    moderator.click(moderator.page.get_by_role("button", name="Voer deze rijen in"))
    assert moderator.page.locator("#errors").is_visible()  # nobody chose to leave rows out yet


def _a_moderator_takes_the_right_rows(moderator):
    moderator.choose("rows", "valid")
    moderator.press("Enter these rows")


def _a_moderator_finds_them(moderator):
    moderator.go(f"{DESK}/intake/files")
    moderator.follow_text("markt.csv")
    moderator.sees("197")
    moderator.go(f"{DESK}/queue?q=markt")
    moderator.sees("197 bijdragen")
    moderator.go(f"{DESK}/queue?q=vijver")
    moderator.follow_text("Een bankje bij de vijver")
    moderator.sees("Daar kan ik dan uitrusten.")


def _entered(site):
    with site.reading():
        return session().scalar(select(func.count(Contribution.id)))
