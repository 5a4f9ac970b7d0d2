import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.mail import Mail
from consult.participants.models import Person
from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind, Round
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.verbs import set_outcome
from tests.answers.builders import a_public_answer
from tests.builders import a_member_of_staff, a_round, acting, an_authority, appoint
from tests.site import Browser, Site
from tests.synthesis.builders import a_contribution


@dataclass(frozen=True)
class Office:
    """A round with three drafted answers, who wrote them, and a second person."""

    site: Site
    round: Round
    writer: Person
    second: Person

    @property
    def answers(self) -> str:
        return f"/staff/rounds/{self.round.slug}/answers"

    def ids(self) -> list[str]:
        with self.site.reading():
            return [str(one) for one in session().scalars(select(Outcome.id).order_by(Outcome.reason))]


@pytest.fixture
def office(site: Site) -> Office:
    with site.writing():
        an_authority()
        found = a_round(phases=PhaseKind.SYNTHESISE)
        writer, second = a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.DIRECTOR)
        appoint(found, writer, Duty.MODERATOR)
        appoint(found, second, Duty.DIRECTOR)
        for number, title in enumerate(("Aap", "Noot", "Mies")):
            set_outcome(a_contribution(found, title), OutcomeKind.PARTLY, f"Reden {number}.", acting(writer))
    return Office(site, found, writer, second)


def boxes(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text[:2000]
    return re.findall(r'name="answers" value="([^"]+)"', answer.text)


def signed(office: Office) -> Browser:
    browser = office.site.browser(office.second)
    assert browser.post(f"{office.answers}/sign", {"answers": office.ids()}).status_code == 303
    return browser


def test_who_wrote_an_answer_sees_it_without_a_box_to_sign_it(office: Office) -> None:
    page = office.site.browser(office.writer).get(office.answers)
    assert not boxes(page)
    assert "Daarom moet iemand anders akkoord geven" in page.text
    refused = office.site.browser(office.writer).post(f"{office.answers}/sign", {"answers": office.ids()[:1]})
    assert refused.status_code == 403
    assert "Aap" in refused.text


def test_a_second_person_signs_what_was_read_and_stays_in_the_list(office: Office) -> None:
    browser = office.site.browser(office.second)
    assert sorted(boxes(browser.get(office.answers))) == sorted(office.ids())
    done = browser.post(f"{office.answers}/sign?step=to_sign", {"answers": office.ids()[:2]})
    assert done.location.endswith("/answers?step=to_sign")
    assert boxes(browser.get(office.answers)) == office.ids()[2:]
    assert len(boxes(browser.get(f"{office.answers}?step=to_publish"))) == 2


def test_nothing_selected_is_said_and_nothing_is_signed(office: Office) -> None:
    answer = office.site.browser(office.second).post(f"{office.answers}/sign", {})
    assert answer.status_code == 422
    assert "Kies ten minste één antwoord" in answer.text
    assert answer.text.count('href="#answers"') == 1
    assert 'id="answers"' in answer.text


@pytest.mark.parametrize("wrong", ["x", "00000000-0000-4000-8000-000000000000"])
def test_an_answer_that_there_is_not_is_neither_signed_nor_published(office: Office, wrong: str) -> None:
    browser = signed(office)
    for way in ("sign", "publish"):
        assert browser.post(f"{office.answers}/{way}", {"answers": wrong}).status_code in {404, 422}


def test_what_will_be_published_and_who_hears_of_it_is_shown_first(office: Office) -> None:
    browser = signed(office)
    chosen = office.ids()[1:]
    page = browser.get(f"{office.answers}/publish?answers={chosen[0]}&answers={chosen[1]}")
    assert sorted(boxes(page)) == sorted(chosen)
    assert "2 personen die een van deze bijdragen schreven" in page.text
    assert "Reden 1." in page.text
    with office.site.reading():
        assert not session().scalars(select(Mail).where(Mail.kind == "outcome")).all()
    assert browser.post(f"{office.answers}/publish", {"answers": chosen}).location.endswith("step=public")
    with office.site.reading():
        assert len(session().scalars(select(Mail).where(Mail.kind == "outcome")).all()) == 2
    left = browser.get(f"{office.answers}/publish")
    assert boxes(left) == office.ids()[:1]


def test_who_writes_answers_drops_on_the_page_what_the_decision_overtook(office: Office) -> None:
    with office.site.writing():
        one = a_contribution(office.round, "Vuur")
        public = a_public_answer(one, OutcomeKind.NOT_ADOPTED, "Te duur.")
        later = set_outcome(one, OutcomeKind.ADOPTED, "Er is geld.", acting(office.writer))
        public.final_at = clock.now()
        left = str(later.id)
    second, writer = office.site.browser(office.second), office.site.browser(office.writer)
    page = second.get(f"{office.answers}?step=left")
    assert "Er is geld." in page.text
    assert not boxes(page), "who only signs drops nothing"
    assert "ingehaald door het besluit" in writer.get(office.answers).text
    assert "ingehaald door het besluit" in writer.get("/staff").text
    assert boxes(writer.get(f"{office.answers}?step=left")) == [left]
    assert second.post(f"{office.answers}/drop?step=left", {"answers": [left]}).status_code == 403
    answer = writer.post(f"{office.answers}/drop?step=left", {"answers": [left]})
    assert (answer.status_code, answer.location) == (303, f"{office.answers}?step=left")
    assert not boxes(writer.get(answer.location))
    assert "ingehaald" not in writer.get(office.answers).text


def test_a_moderator_of_another_round_and_a_sponsor_do_not_publish(office: Office) -> None:
    with office.site.writing():
        sponsor, stranger = a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.MODERATOR)
        appoint(office.round, sponsor, Duty.OFFICIAL_SPONSOR)
    by_sponsor = office.site.browser(sponsor)
    assert by_sponsor.post(f"{office.answers}/sign", {"answers": office.ids()}).status_code == 303
    assert by_sponsor.post(f"{office.answers}/publish", {"answers": office.ids()}).status_code == 403
    assert office.site.browser(stranger).get(office.answers).status_code == 403


def test_staff_see_the_whole_history_of_an_answer(office: Office) -> None:
    browser = signed(office)
    browser.post(f"{office.answers}/publish", {"answers": office.ids()})
    with office.site.writing():
        one = a_contribution(office.round, "Wim")
        set_outcome(one, OutcomeKind.ADOPTED, "Eerst zo.", acting(office.writer))
        set_outcome(one, OutcomeKind.NOT_ADOPTED, "Toch niet.", acting(office.second))
        where = f"/staff/rounds/{office.round.slug}/coding/{one.public_id}"
    page = browser.get(where).text
    for words in ("Eerst zo.", "Toch niet.", f"geschreven door {office.writer.name}", "2 conceptantwoorden geschreven"):
        assert words in page, words


def test_what_the_team_thinks_is_written_on_the_page_of_an_input(office: Office) -> None:
    with office.site.writing():
        where = f"/staff/rounds/{office.round.slug}/coding/{a_contribution(office.round, 'Wim').public_id}"
    browser = office.site.browser(office.writer)
    assert browser.post(f"{where}/evaluation?theme=t1", {"text": "Vraag groen."}).location.endswith("?theme=t1")
    assert "Vraag groen." in browser.get(where).text
    empty = browser.post(f"{where}/evaluation", {"text": "  "})
    assert empty.status_code == 422
    assert "Schrijf op wat u ervan vindt." in empty.text
    assert office.site.browser(office.second).post(f"{where}/evaluation", {"text": "x"}).status_code == 403
