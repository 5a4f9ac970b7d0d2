"""The synthesis report through its pages: written, offered, published by somebody else, and read by everybody."""

import re

import pytest
from sqlalchemy import select

from consult.foundation.db import session
from consult.participants.models import Person
from consult.weighing.models import Chapter, Finding, SynthesisReport
from tests.builders import an_authority
from tests.shows import shows
from tests.site import Browser, Site
from tests.synthesis.builders import Desk, a_desk, a_precondition
from tests.weighing.builders import a_source, a_whole_report, published


@pytest.fixture
def desk(site: Site) -> Desk:
    with site.writing():
        an_authority()
        return a_desk()


def of(site: Site, actor) -> Browser:
    with site.reading():
        person = session().get_one(Person, actor.person_id)
        session().expunge(person)
    return site.browser(person)


@shows("S50")
def test_a_report_goes_from_the_first_word_to_everybody(site: Site, desk: Desk):
    slug = desk.round.slug
    with site.writing():
        source = a_source(desk, "Bankjes bij de winkels", reference="V04").public_id
        a_precondition(desk.round)
    writer, second, visitor = of(site, desk.writer), of(site, desk.second), site.browser()
    here = f"/staff/rounds/{slug}/synthesis"
    writer.post(here)
    with site.reading():
        chapters = list(session().scalars(select(Chapter.id).order_by(Chapter.position)))
    first = f"{here}/chapters/{chapters[0]}"
    told = {"finding": "weighed", "text": "Bankjes neerzetten", "advice": "Kan.", "cost": "€ 900"}
    made = writer.post(f"{first}/findings", told)
    cited = {"picked": [f"contribution/{source}", "precondition/R1"]}
    assert writer.post(f"{made.location}/sources", cited).status_code == 303
    page = writer.get(made.location).text
    assert "V04" in page
    assert writer.post(made.location, {**told, "version": "1", "choice": "Ja"}).status_code == 422  # no reason
    whole = {**told, "version": "1", "choice": "Wij doen dit", "reason": "Het helpt ouderen."}
    assert writer.post(made.location, whole).status_code == 303
    assert writer.post(f"{here}/chapters/{chapters[1]}", {"text": "Niets.", "version": "1"}).status_code == 303
    assert visitor.get(f"/rounds/{slug}/documents/synthesis-report").status_code == 404
    writer.post(f"{here}/submit")
    assert writer.post(f"{here}/publish").status_code == 403
    form = second.get(f"{here}/publish").text
    read_at = re.search(r'name="read_at"[^>]*value="([^"]+)"', form)
    assert read_at
    assert second.post(f"{here}/publish", {"read_at": read_at.group(1).replace("&#43;", "+")}).status_code == 303
    page = visitor.get(f"/rounds/{slug}/documents/synthesis-report").text
    for words in (
        "Bankjes neerzetten",
        "Wij doen dit",
        "Het helpt ouderen.",
        "V04",
        "R1 Niet bouwen bij de dijk",
        "€ 900",
    ):
        assert words in page, words
    assert f"/rounds/{slug}/contributions/{source}" in page  # every finding leads to what it rests on


def test_a_bad_finding_comes_back_with_what_was_typed(site: Site, desk: Desk):
    writer = of(site, desk.writer)
    here = f"/staff/rounds/{desk.round.slug}/synthesis"
    writer.post(here)
    with site.reading():
        chapter = session().scalars(select(Chapter.id)).first()
    answer = writer.post(f"{here}/chapters/{chapter}/findings", {"finding": "weighed", "text": "", "cost": "€ 12"})
    assert answer.status_code == 422
    assert "€ 12" in answer.text
    assert writer.post(f"{here}/chapters/{chapter}/findings", {"finding": "x", "text": "Ja"}).status_code == 422
    with site.reading():
        assert session().scalars(select(Finding)).all() == []


def test_nobody_but_the_team_sees_a_report_that_is_being_written(site: Site, desk: Desk):
    slug = desk.round.slug
    with site.writing():
        a_whole_report(desk)
    assert site.browser().get(f"/rounds/{slug}/documents/synthesis-report").status_code == 404
    seen = of(site, desk.second).get(f"/rounds/{slug}/documents/synthesis-report")
    assert seen.status_code == 200
    assert of(site, desk.second).get(f"/rounds/{slug}/documents/synthesis-report/pdf").status_code == 404


def test_the_public_reads_the_published_version_while_the_next_is_written(site: Site, desk: Desk):
    slug = desk.round.slug
    with site.writing():
        published(desk, a_whole_report(desk))
    of(site, desk.writer).post(f"/staff/rounds/{slug}/synthesis")
    with site.reading():
        assert sorted(session().scalars(select(SynthesisReport.number))) == [1, 2]
    assert "versie 1" in site.browser().get(f"/rounds/{slug}/documents/synthesis-report").text
    assert "versie 2" in of(site, desk.second).get(f"/rounds/{slug}/documents/synthesis-report").text
