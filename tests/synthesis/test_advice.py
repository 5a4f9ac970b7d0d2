import pytest
from sqlalchemy import select

from consult.documents import papers
from consult.documents.errands import everybody
from consult.documents.models import PaperKind
from consult.documents.paper import texts_of
from consult.documents.telling import Telling
from consult.field import reaching
from consult.field.models import PartyKind
from consult.field.queries import list_advice
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.language import speaking
from consult.participants.models import Person
from consult.rounds.queries import get_round
from consult.synthesis import releasing, verbs
from consult.synthesis.drafts import find_newest, get_draft, get_paragraph
from consult.synthesis.models import SourceLink
from consult.synthesis.queries import coverage, list_bare
from consult.synthesis.signing import draft_of
from tests.builders import a_round, the_platform
from tests.field.builders import a_party, in_days
from tests.synthesis.builders import a_desk, a_draft, a_paragraph

SECRET = "De fundering verdraagt geen bomen."


@pytest.fixture
def advised(site):
    """A draft of one paragraph without a source, in a round in which a department gave advice."""
    with site.writing():
        desk = a_desk()
        paragraph = a_paragraph(a_draft(desk), desk.writer, "Er komen struiken.")
        asked = an_advice(desk.round)
        reaching.note_advice(asked, SECRET, in_days(0), the_platform())
        return site, desk, paragraph.id, asked.id


def an_advice(found):
    department = a_party(found, "Juridische zaken", PartyKind.INTERNAL)
    return reaching.ask_advice(found, department, "Mogen hier bomen staan?", in_days(0), the_platform())


def browser(site, actor):
    with site.reading():
        person = session().get_one(Person, actor.person_id)
        session().expunge(person)
    return site.browser(person)


def test_a_paragraph_rests_on_advice_and_everybody_reads_who_gave_it_but_not_what_it_says(advised):
    site, desk, paragraph, advice = advised
    writer, page = browser(site, desk.writer), f"/staff/rounds/{desk.round.slug}/draft/paragraphs/{paragraph}"
    assert f'value="advice/{advice}"' in writer.get(page).text
    with site.reading():
        assert [one.id for one in list_bare(desk.round.id)] == [paragraph]
        before = draft_of(desk.round.id)
    told = {"source": f"advice/{advice}", "use": "adapted", "note": "alleen struiken"}
    assert writer.post(f"{page}/sources", told).status_code == 303
    assert f'value="advice/{advice}"' not in writer.get(page).text, "it stands beside the paragraph already"
    with site.reading():
        assert (list_bare(desk.round.id), coverage(desk.round.id).bare) == ([], 0)
        assert draft_of(desk.round.id) != before, "what was signed at P3 was another draft"
    with site.writing():
        draft = get_draft(desk.writer, desk.round.slug, 1)
        releasing.submit_draft(draft, desk.writer)
        releasing.publish_draft(draft, desk.second)
    read = site.browser().get(f"/rounds/{desk.round.slug}/drafts/1").text
    assert "Advies van Juridische zaken" in read
    assert "alleen struiken" in read
    assert SECRET not in read
    with site.reading(), speaking("nl"):
        subject = get_round(everybody(), desk.round.slug)
        paper = papers.compose(PaperKind.DRAFT, subject, Telling(everybody(), "https://a.test", "nl", 10))
        words = " ".join(texts_of(paper.as_data()))
    assert "Advies van Juridische zaken" in words
    assert SECRET not in words


def test_the_next_version_keeps_it_and_it_can_be_taken_away(advised):
    site, desk, paragraph, advice = advised
    with site.writing():
        about = get_paragraph(desk.writer, desk.round.slug, paragraph)
        [given] = list_advice(desk.round.id)
        verbs.cite(about, desk.writer, advice=given)
        draft = get_draft(desk.writer, desk.round.slug, 1)
        releasing.submit_draft(draft, desk.writer)
        releasing.publish_draft(draft, desk.second)
        releasing.begin_next_version(draft, desk.writer)
    with site.writing():
        [copied] = find_newest(desk.round.id).sections[-1].paragraphs
        [link] = get_paragraph(desk.writer, desk.round.slug, copied.id).sources
        assert link.advice_id == advice
        loaded = session().get_one(SourceLink, link.id)
        loaded.paragraph = get_paragraph(desk.writer, desk.round.slug, copied.id)
        verbs.uncite(loaded, desk.writer)
        assert [one.id for one in list_bare(desk.round.id)] == [copied.id]


def test_advice_that_waits_or_is_of_another_round_is_no_source(unit):
    desk = a_desk()
    paragraph = a_paragraph(a_draft(desk), desk.writer, "Er komen struiken.")
    waits, elsewhere = an_advice(desk.round), an_advice(a_round())
    reaching.note_advice(elsewhere, SECRET, in_days(0), the_platform())
    for one in (waits, elsewhere):
        with pytest.raises(Conflict):
            verbs.cite(get_paragraph(desk.writer, desk.round.slug, paragraph.id), desk.writer, advice=one)
    assert session().scalars(select(SourceLink)).all() == []
