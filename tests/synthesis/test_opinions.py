"""What people thought of statements as a source of a draft, in the report, and in the trace."""

import pytest
from sqlalchemy import select

from consult.coding.queries import get_themes
from consult.coding.verbs import code
from consult.contributions.models import Contribution, State
from consult.documents import drafted, reported
from consult.documents.telling import Telling
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound
from consult.landscape.models import StatementResult
from consult.landscape.queries import get_thought, list_thoughts
from consult.participants.models import Person
from consult.rounds.models import Phase, Round
from consult.rounds.queries import get_round
from consult.synthesis import releasing, verbs
from consult.synthesis.drafts import get_draft, get_paragraph
from consult.synthesis.models import SourceLink
from consult.synthesis.queries import list_bare
from consult.synthesis.signing import draft_of
from consult.weighing import verbs as weighing
from consult.working import work_once
from tests.builders import a_moderator_of, an_authority
from tests.landscape.builders import a_statement_poll, enter, planted
from tests.synthesis.builders import Desk, a_paragraph
from tests.voting.builders import a_voting_round, options_of
from tests.weighing.builders import CHOSEN, a_report, an_argument, first_chapter

VOTES, _OF = planted(2, people=60, statements=12, density=0.95, flips=0.02, passes=0.05)


class Answered:
    """A round with a draft that is being written, in which sixty people of two minds answered twelve statements."""

    def __init__(self, site, *, closes=True):
        self.site = site
        with site.writing():
            an_authority()
            self.round = a_voting_round()
            self.desk = Desk(self.round, a_moderator_of(self.round), a_moderator_of(self.round))
            self.poll = a_statement_poll(12, found=self.round)
            enter(self.poll, VOTES)
            self.public_ids = [
                session().get_one(Contribution, option.contribution_id).public_id for option in options_of(self.poll)
            ]
            draft = releasing.begin_draft(self.round, "Visie", self.desk.writer)
            self.paragraph = a_paragraph(draft, self.desk.writer).id
        if closes:
            self.close()

    def close(self):
        with self.site.writing():
            session().get_one(Phase, self.poll.phase_id).closed_at = clock.now()
        work_once(self.site.database)

    def cite(self, number=0, **more):
        with self.site.writing():
            paragraph = get_paragraph(self.desk.writer, self.round.slug, self.paragraph)
            thought = get_thought(self.round.id, self.public_ids[number])
            return verbs.cite(paragraph, self.desk.writer, statement=thought, **more)

    def browser(self, actor):
        with self.site.reading():
            person = session().get_one(Person, actor.person_id)
            session().expunge(person)
        return self.site.browser(person)

    def publish(self):
        with self.site.writing():
            draft = get_draft(self.desk.writer, self.round.slug, 1)
            releasing.submit_draft(draft, self.desk.writer)
            releasing.publish_draft(draft, self.desk.second)


@pytest.fixture
def answered(site):
    return Answered(site)


def test_what_people_thought_is_chosen_as_a_source_and_stands_beside_the_paragraph_and_in_the_trace(answered):
    writer, slug = answered.browser(answered.desk.writer), answered.round.slug
    page = f"/staff/rounds/{slug}/draft/paragraphs/{answered.paragraph}"
    with answered.site.reading():
        thought = next(one for one in list_thoughts(answered.round.id) if one.agreed.value in {"wanted", "divides"})
        about = thought.agreed.words
    assert f'value="statement/{thought.public_id}"' in writer.get(page).text
    sent = {"source": f"statement/{thought.public_id}", "use": "adopted", "note": "zo doen wij het"}
    assert writer.post(f"{page}/sources", sent).status_code == 303
    assert f'value="statement/{thought.public_id}"' not in writer.get(page).text
    answered.publish()
    visitor = answered.site.browser()
    read = visitor.get(f"/rounds/{slug}/drafts/1").text
    assert thought.words in read
    assert f"zo doen wij het; {about}" in read
    trace = visitor.get(f"/rounds/{slug}/contributions/{thought.public_id}").text
    assert "Wat mensen ervan vonden, staat als bron in ontwerp 1" in trace
    with answered.site.reading():
        result = session().scalars(select(StatementResult)).one()
    kept = visitor.get(f"/rounds/{slug}/landscape/results/{result.id}").text
    assert result.input_hash in kept
    assert "least_votes 7" in kept
    assert thought.words in kept
    assert visitor.get(f"/rounds/anders/landscape/results/{result.id}").status_code == 404


def test_what_was_cited_stays_as_it_was_whatever_is_computed_later(answered):
    answered.cite(0)
    with answered.site.reading():
        before = session().scalars(select(StatementResult)).one()
        assert (len(before.input_hash), before.version) == (64, 1)
        told = dict(before.told)
    with answered.site.writing():
        gone = options_of(answered.poll)[5]
        session().get_one(Contribution, gone.contribution_id).state = State.REFUSED
    work_once(answered.site.database)
    with answered.site.reading():
        assert session().scalars(select(StatementResult)).one().told == told
        now = get_thought(answered.round.id, answered.public_ids[0])
        assert now.told["input_hash"] != before.input_hash


def test_the_same_result_is_kept_once_and_stands_once_beside_a_paragraph(answered):
    answered.cite(0)
    with pytest.raises(Conflict):
        answered.cite(0)
    with answered.site.writing():
        section = get_paragraph(answered.desk.writer, answered.round.slug, answered.paragraph).section
        other = verbs.add_paragraph(section, answered.desk.writer, text="Nog iets.", html="<p>Nog iets.</p>")
        verbs.cite(other, answered.desk.writer, statement=get_thought(answered.round.id, answered.public_ids[0]))
    with answered.site.reading():
        assert len(session().scalars(select(StatementResult)).all()) == 1
        assert len(session().scalars(select(SourceLink)).all()) == 2


def test_nothing_can_be_cited_before_it_is_final(site):
    early = Answered(site, closes=False)
    work_once(site.database)
    page = f"/staff/rounds/{early.round.slug}/draft/paragraphs/{early.paragraph}"
    writer = early.browser(early.desk.writer)
    assert "statement/" not in writer.get(page).text
    sent = {"source": f"statement/{early.public_ids[0]}", "use": "adopted"}
    assert writer.post(f"{page}/sources", sent).status_code == 404
    with site.reading(), pytest.raises(NotFound):
        get_thought(early.round.id, early.public_ids[0])


def test_a_source_counts_for_publication_goes_into_the_next_version_and_what_is_signed_knows_it(answered):
    with answered.site.reading():
        before = draft_of(answered.round.id).digest
    answered.cite(0)
    with answered.site.reading():
        assert draft_of(answered.round.id).digest != before
    answered.publish()
    with answered.site.writing():
        draft = get_draft(answered.desk.writer, answered.round.slug, 1)
        releasing.begin_next_version(draft, answered.desk.writer)
    with answered.site.reading():
        links = session().scalars(select(SourceLink)).all()
        assert len(links) == 2
        assert len({link.statement_result_id for link in links}) == 1
    with answered.site.writing():
        link = next(link for link in session().scalars(select(SourceLink)) if link.paragraph_id != answered.paragraph)
        session().refresh(link, attribute_names=["paragraph"])
        paragraph = get_paragraph(answered.desk.writer, answered.round.slug, link.paragraph_id)
        verbs.uncite(paragraph.sources[0], answered.desk.writer)
    with answered.site.reading():
        assert len(session().scalars(select(SourceLink)).all()) == 1


def test_a_theme_and_an_option_that_is_weighed_show_what_groups_share_and_where_they_differ(answered):
    desk, slug = answered.desk, answered.round.slug
    with answered.site.writing():
        report = a_report(desk)
        chapter = first_chapter(report)
        statement = session().scalars(select(Contribution).filter_by(public_id=answered.public_ids[0])).one()
        code(statement, get_themes(desk.round.id, [chapter.theme.code]), desk.writer)
        finding = an_argument(chapter, desk, "Groene straten", **CHOSEN)
        weighing.cite(finding, [statement], desk.writer)
        where, chapter_id = finding.id, chapter.id
    with answered.site.reading():
        words = get_thought(answered.round.id, answered.public_ids[0]).agreed.words
    writer = answered.browser(desk.writer)
    theme = writer.get(f"/staff/rounds/{slug}/synthesis/chapters/{chapter_id}").text
    section = theme.split('id="opinions"')[1]
    assert statement.text in section
    assert words in section
    assert section.count('class="opinion"') == 1
    assert f"{statement.text}: {words}" in writer.get(f"/staff/rounds/{slug}/synthesis/findings/{where}").text
    with answered.site.reading():
        subject = get_round(desk.writer, slug)
        told = str(reported.compose(subject, Telling(desk.writer, "http://localhost", "nl", 10)))
    assert told.count(words) == 2  # in the table of the theme and in that of the option


def test_the_document_of_the_draft_names_it(answered):
    answered.cite(0)
    answered.publish()
    with answered.site.reading():
        subject = session().get_one(Round, answered.round.id)
        telling = Telling(answered.desk.writer, "http://localhost", "nl", 10)
        told = str(drafted.compose(get_round(answered.desk.writer, subject.slug), telling))
    assert "Meningen: " in told
    assert "/landscape/results/" in told


def test_what_was_cited_and_went_out_of_sight_is_no_source_any_more_and_is_signed_anew(answered):
    answered.cite(0)
    with answered.site.reading():
        assert list_bare(answered.round.id) == []
        before = draft_of(answered.round.id).digest
    with answered.site.writing():
        session().scalars(select(Contribution).filter_by(public_id=answered.public_ids[0])).one().state = State.HELD
    with answered.site.reading():
        assert [one.id for one in list_bare(answered.round.id)] == [answered.paragraph]
        assert draft_of(answered.round.id).digest != before
