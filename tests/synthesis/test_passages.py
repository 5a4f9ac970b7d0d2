"""A passage of a contribution as a source: beside the paragraph, in the trace, in documents, and what is taken away."""

import pytest
from sqlalchemy import select

from consult.coding.queries import list_passages
from consult.coding.verbs import code_passages
from consult.contributions.models import Contribution, Kind, State
from consult.contributions.verbs import receive
from consult.documents import drafted
from consult.documents.telling import Telling
from consult.foundation.anchors import Fate, Quote
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.text import sanitize
from consult.moderation.redactions import confirm_redaction
from consult.participants.models import Person
from consult.rounds.queries import get_round
from consult.synthesis import releasing, verbs
from consult.synthesis.drafts import find_newest, get_draft, get_paragraph
from consult.synthesis.models import SourceLink, Use
from consult.synthesis.queries import list_bare
from consult.synthesis.rules import passage_of
from consult.synthesis.signing import draft_of
from tests.builders import a_moderator_of, an_authority, the_platform
from tests.moderation.builders import a_redaction
from tests.synthesis.builders import a_desk, a_paragraph

TEXT = "De Dorpsstraat is te donker. Bel Jan de Vries op 0612345678 voor een rondje. Zet er meer lampen neer."
LAMPS, PERSON = "Zet er meer lampen neer.", "Bel Jan de Vries op 0612345678"


class Written:
    """A draft of one paragraph, and a public contribution of three sentences."""

    def __init__(self, site):
        self.site = site
        with site.writing():
            an_authority()
            self.desk = a_desk()
            self.slug = self.desk.round.slug
            said = {"title": "Licht", "text": TEXT, "html": sanitize(TEXT), "state": State.PUBLISHED}
            one = receive(self.desk.round, Kind.PROPOSAL, author_id=None, actor=the_platform(), **said)
            self.one, self.public_id = one.id, one.public_id
            draft = releasing.begin_draft(self.desk.round, "Visie", self.desk.writer)
            self.paragraph = a_paragraph(draft, self.desk.writer, "De straat krijgt licht.").id
        self.page = f"/staff/rounds/{self.slug}/draft/paragraphs/{self.paragraph}"

    def browser(self, actor):
        with self.site.reading():
            person = session().get_one(Person, actor.person_id)
            session().expunge(person)
        return self.site.browser(person)

    def cite(self, words=LAMPS, **more):
        with self.site.writing():
            paragraph = get_paragraph(self.desk.writer, self.slug, self.paragraph)
            about = session().get_one(Contribution, self.one)
            return verbs.cite(paragraph, self.desk.writer, contribution=about, passage=Quote(words), **more)

    def redact(self, *passages):
        with self.site.writing():
            about = session().get_one(Contribution, self.one)
            about.round = get_round(self.desk.writer, self.slug)
            confirm_redaction(a_redaction(about, *passages), a_moderator_of(about.round))

    def publish(self):
        with self.site.writing():
            draft = get_draft(self.desk.writer, self.slug, 1)
            releasing.submit_draft(draft, self.desk.writer)
            releasing.publish_draft(draft, self.desk.second)

    def shown(self):
        """Everything in which somebody can read what the paragraph rests on, as visitors and as staff get it."""
        visitor, writer = self.site.browser(), self.browser(self.desk.writer)
        pages = [f"/rounds/{self.slug}/drafts/1", f"/rounds/{self.slug}/contributions/{self.public_id}"]
        read = [visitor.get(page).text for page in pages]
        read += [
            writer.get(page).text
            for page in (
                self.page,
                f"/staff/rounds/{self.slug}/draft",
                f"/staff/rounds/{self.slug}/coding/{self.public_id}",
            )
        ]
        with self.site.reading():
            telling = Telling(self.desk.writer, "http://localhost", "nl", 10)
            read.append(str(drafted.compose(get_round(self.desk.writer, self.slug), telling)))
        return read


@pytest.fixture
def written(site):
    return Written(site)


def test_words_that_were_typed_stand_beside_the_paragraph_in_the_trace_and_in_the_document(written):
    writer = written.browser(written.desk.writer)
    told = {"source": f"contribution/{written.public_id}", "use": "adapted", "quote": "Zet er minder lampen neer."}
    again = writer.post(f"{written.page}/sources", told)
    assert again.status_code == 422
    assert "Deze woorden staan zo niet in de bijdrage." in again.text
    assert 'value="Zet er minder lampen neer."' in again.text, "what was typed stays"
    assert writer.post(f"{written.page}/sources", told | {"quote": "  zet er  meer lampen neer."}).status_code == 303
    written.publish()
    draft, trace, page, desk, weigh, paper = written.shown()
    for text in (draft, page, desk):
        assert f'<blockquote lang="nl">{LAMPS}</blockquote>' in text
    assert "Woorden eruit zijn gebruikt in ontwerp 1" in trace
    for text in (trace, weigh, paper):
        assert f"“{LAMPS}”" in text


def test_a_coded_passage_is_chosen_with_one_press_and_is_offered_once(written):
    with written.site.writing():
        about = session().get_one(Contribution, written.one)
        subject = get_round(written.desk.writer, written.slug)
        code_passages(about, subject.themes, written.desk.second, ticked=[2])
        passage = list_passages(written.one)[0].id
    writer, chosen = written.browser(written.desk.writer), f"passage/{written.public_id}.{passage}"
    offered = writer.get(written.page).text
    assert offered.count(f"Hieruit: “{LAMPS}”") == 1
    value = next(part for part in offered.split('value="') if part.startswith("passage/")).split('"')[0]
    assert value.startswith(f"passage/{written.public_id}.")
    assert writer.post(f"{written.page}/sources", {"source": chosen, "use": "adopted"}).status_code == 303
    after = writer.get(written.page).text
    assert "Hieruit:" not in after
    assert f'value="contribution/{written.public_id}"' in after, "other words of it can be a source as well"
    gone = {"source": f"passage/{written.public_id}.{written.one}", "use": "adopted"}
    assert writer.post(f"{written.page}/sources", gone).status_code == 404
    assert writer.post(f"{written.page}/sources", {"source": "passage/x", "use": "adopted"}).status_code == 404
    with written.site.reading():
        link = session().scalars(select(SourceLink)).one()
        assert (link.quote, link.start) == (LAMPS, TEXT.index(LAMPS))


def test_one_paragraph_uses_several_passages_of_a_contribution_each_in_its_own_way_and_each_once(written):
    written.cite()
    written.cite("De Dorpsstraat is te donker.", use=Use.SET_ASIDE)
    for words in (LAMPS, f" {LAMPS}"):
        with pytest.raises(Conflict):
            written.cite(words)
    with written.site.writing():
        paragraph = get_paragraph(written.desk.writer, written.slug, written.paragraph)
        verbs.cite(paragraph, written.desk.writer, contribution=session().get_one(Contribution, written.one))
    with written.site.reading():
        links = session().scalars(select(SourceLink).order_by(SourceLink.start)).all()
        assert [(link.start, link.use) for link in links] == [
            (-1, Use.ADOPTED),
            (0, Use.SET_ASIDE),
            (TEXT.index(LAMPS), Use.ADOPTED),
        ]


@pytest.mark.parametrize("words", ["lampen neerzetten", "Zet er meer lamp", "x" * 1_001, "  "])
def test_words_that_do_not_stand_there_are_refused(written, words):
    with pytest.raises(Conflict):
        written.cite(words)
    with written.site.reading():
        assert session().scalars(select(SourceLink)).all() == []


def test_only_a_contribution_has_words(written):
    told = {"source": "precondition/R1", "use": "adopted", "quote": LAMPS}
    again = written.browser(written.desk.writer).post(f"{written.page}/sources", told)
    assert again.status_code == 422
    assert "Alleen een bijdrage heeft eigen woorden." in again.text
    with written.site.writing(), pytest.raises(ValueError, match="one source"):
        verbs.cite(
            get_paragraph(written.desk.writer, written.slug, written.paragraph),
            written.desk.writer,
            passage=Quote(LAMPS),
        )


def test_what_is_taken_away_from_the_contribution_is_away_wherever_its_words_are_quoted(written):
    written.cite(PERSON)
    written.publish()
    assert all(PERSON in text for text in written.shown())
    with written.site.reading():
        signed = draft_of(written.desk.round.id).digest
    written.redact(PERSON)
    for text in written.shown():
        assert "Jan de Vries" not in text
        assert "0612345678" not in text
    assert "woorden die niet meer in de tekst staan" in written.shown()[0]
    with written.site.reading():
        assert draft_of(written.desk.round.id).digest != signed, "what was signed rested on words that are gone"


def test_of_words_that_are_partly_taken_away_the_rest_is_shown_with_the_mark(written):
    written.cite(f"{PERSON} voor een rondje.")
    written.publish()
    written.redact("0612345678")
    for text in written.shown():
        assert "0612345678" not in text
    assert "[deel weggehaald] voor een rondje." in written.shown()[0]
    assert "sindsdien gewijzigd" in written.shown()[0]


def test_a_contribution_that_goes_out_of_sight_takes_its_words_with_it_and_is_no_source_any_more(written):
    written.cite()
    written.publish()
    with written.site.writing():
        session().get_one(Contribution, written.one).state = State.HELD
    with written.site.reading():
        assert [one.id for one in list_bare(written.desk.round.id)] == [written.paragraph]
    draft, _trace, page, desk, _weigh, paper = written.shown()
    assert not any(LAMPS in text for text in (draft, page, desk, paper))


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        (f"Zoals gezegd. {TEXT}", Fate.KEPT),
        (f"{LAMPS} De Dorpsstraat is te donker.", Fate.MOVED),
        (TEXT.replace("meer lampen", "minder lampen"), Fate.CHANGED),
        ("De Dorpsstraat is te donker.", Fate.GONE),
    ],
)
def test_it_says_what_became_of_the_words_when_the_author_changed_the_text(written, text, fate):
    written.cite()
    with written.site.writing():
        about = session().get_one(Contribution, written.one)
        about.text, about.html = text, sanitize(text)
    with written.site.reading():
        [link] = get_paragraph(written.desk.writer, written.slug, written.paragraph).sources
        assert passage_of(link, link.contribution).fate is fate


def test_the_next_version_keeps_the_words_and_what_is_signed_holds_them(written):
    with written.site.reading():
        before = draft_of(written.desk.round.id).digest
    written.cite()
    with written.site.reading():
        assert draft_of(written.desk.round.id).digest != before
        assert list_bare(written.desk.round.id) == []
    written.publish()
    with written.site.writing():
        releasing.begin_next_version(get_draft(written.desk.writer, written.slug, 1), written.desk.writer)
    with written.site.reading():
        [copied] = find_newest(written.desk.round.id).sections[-1].paragraphs
        [link] = copied.sources
        assert (link.quote, link.prefix, link.start) == (
            LAMPS,
            TEXT[TEXT.index(LAMPS) - 40 : TEXT.index(LAMPS)],
            TEXT.index(LAMPS),
        )
