from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from consult.decisions.models import Result
from consult.decisions.verbs import AmendmentTold, DecisionTold, record_decision
from consult.documents import verbs as papers
from consult.documents.models import PaperKind
from consult.documents.queries import Paper
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.review.queries import find_term
from consult.rounds.models import PhaseKind
from consult.synthesis.models import DraftState
from tests.builders import a_moderator_of, a_phase, a_resident, a_round, an_authority
from tests.contributions.builders import a_contribution
from tests.decisions.builders import a_draft, a_table, an_answered, paragraphs
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.journeys.test_workbench import press
from tests.review.builders import Desk, a_public_note, a_term, a_view, answered
from tests.shows import shows
from tests.site import Site

PHASES = [
    a_phase(PhaseKind.COLLECT, -90, -70),
    a_phase(PhaseKind.FORMAL_REVIEW, -20, -6),
    a_phase(PhaseKind.DECIDE, -5, 5),
]
FILES = [  # what a director has made, how it is called, and how such a file begins
    ("draft", "pdf", b"%PDF"),
    ("draft", "odt", b"PK"),
    ("response-note", "pdf", b"%PDF"),
    ("council-file", "pdf", b"%PDF"),
]


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def a_decided_round():
    """A round that was walked to its end: an input, an answer, a draft, a formal view, and an amended decision."""
    table, author = a_table(a_round(phases=PHASES)), a_resident("Fatima")
    director, writer = table(table.director), table(table.moderator)
    one = an_answered(table, a_contribution(table.round, author, title="Bankjes in het park", reference="V01"))
    draft = a_draft(table, one, state=DraftState.PUBLISHED)
    term = a_term(table.round, director, first=-20, draft=draft)
    desk = Desk(table.round, term, director, writer, a_moderator_of(table.round))
    answered(desk, a_view(desk))
    a_public_note(Desk(table.round, find_term(table.round.id), director, writer, desk.second))
    council = Paper(table.round, PaperKind.COUNCIL)
    papers.write_texts(council, {"decisions": "De visie vaststellen."}, writer, number=0)
    papers.publish_texts(council, desk.second, number=1)
    text, place = "Er komen bankjes en bomen.", paragraphs(draft)[0].stable_id
    amendment = AmendmentTold("A1", "Ook bomen bij de bankjes.", place, text, f"<p>{text}</p>", "20 voor, 9 tegen")
    told = DecisionTold(draft, Result.AMENDED, local(clock.now()).date(), "2027-014", amendments=[amendment])
    record_decision(table.round, told, table(table.director))
    session().flush()
    return table, author, one


@shows("L28")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_director_has_the_documents_made_and_a_resident_walks_from_the_own_idea_to_the_decision_and_back(
    site: Site, browser: Any, tmp_path: Path, scripts: bool
):
    with site.writing():
        an_authority()
        table, author, one = a_decided_round()
    rounds = f"/rounds/{table.round.slug}"
    with served(site) as address:
        director, fatima = (Walk(site, browser, address, who, scripts) for who in (table.director, author))
        for paper, ending, begins in FILES:
            assert made(director, f"{rounds}/documents/{paper}/{ending}", tmp_path).startswith(begins), paper
        reads_the_documents(fatima, rounds)
        page = fatima.page
        page.goto(f"{rounds}/contributions/{one.public_id}")
        fatima.looks()
        walks_the_trace(fatima)
        page.click("a:has-text('Gebruikt in ontwerp 1')")
        there = page.locator(f"[id='{urlsplit(page.url).fragment}']")
        assert "Er komen bankjes." in there.inner_text()
        source = there.locator("a:has-text('Bankjes in het park')")
        if not source.first.is_visible():
            there.locator("summary").click()
        source.locator("visible=true").first.click()
        page.wait_for_load_state()
        assert one.public_id in page.url, "back at the own idea"
        page.goto(f"{rounds}/drafts/1")
        page.click("text=versie 2")
        fatima.looks()
        compares(fatima)


def made(director: Walk, path: str, folder: Path) -> bytes:
    """Have a file made as a person does, take it along, and return what is in it."""
    page = director.page
    page.goto(path)
    press(director, "Maak het bestand")
    director.looks()
    assert "Het bestand is klaar." in director.main()
    with page.expect_download() as coming:
        page.click("a:has-text('Neem het mee')")
    coming.value.save_as(folder / "file")
    return (folder / "file").read_bytes()


def reads_the_documents(fatima: Walk, rounds: str) -> None:
    """Read as a resident which documents there are, and two of these as a page."""
    page = fatima.page
    page.goto(f"{rounds}/documents")
    fatima.looks()
    page.click("h2 a:has-text('Reactienota')")
    fatima.looks()
    assert "Dat doen we." in fatima.main()
    page.goto(f"{rounds}/documents")
    page.click("h2 a:has-text('Raadsdossier')")
    fatima.looks()
    for words in ("De visie vaststellen.", "Ook bomen bij de bankjes.", "2027-014"):
        assert words in fatima.main()


def walks_the_trace(fatima: Walk) -> None:
    """See every step of the way of an idea, in order, each with its day."""
    steps = fatima.page.locator(".trace > li").all_inner_texts()
    chain = ("Ontvangen", "Geordend onder", "Antwoord gepubliceerd: overgenomen", "Gebruikt in ontwerp 1",
             "Gebruikt in ontwerp 2", "Definitief sinds het besluit")  # fmt: skip
    places = [next((n for n, told in enumerate(steps) if words in told), None) for words in chain]
    assert None not in places, (places, steps)
    assert places == sorted(places), steps
    today = str(local(clock.now()).date().year)
    assert all(today in steps[n] for n in places if n is not None), steps


def compares(fatima: Walk) -> None:
    """Read what the council changed, in words and not by colour alone."""
    told = fatima.main()
    assert "erbij: bankjes en bomen." in told
