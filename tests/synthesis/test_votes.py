"""How an option of a vote came out as a source of a draft: kept as it was, and read by everybody."""

import pytest
from sqlalchemy import select

from consult.contributions.models import Contribution, State
from consult.documents import drafted
from consult.documents.telling import Telling
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.language import speaking
from consult.participants.models import Person
from consult.rounds.models import Phase
from consult.rounds.queries import get_round
from consult.synthesis import releasing, verbs
from consult.synthesis.citable import list_standings
from consult.synthesis.drafts import find_newest, get_draft, get_paragraph
from consult.synthesis.models import SourceLink, VoteResult
from consult.synthesis.queries import list_bare
from consult.synthesis.signing import draft_of
from consult.synthesis.telling import standings, words_of
from consult.voting.batches import enter_ballots
from consult.voting.closing import facts_of
from consult.voting.models import Method
from consult.voting.queries import get_poll
from consult.voting.results import results_of
from consult.voting.rules import digest
from consult.working import work_once
from tests.builders import a_moderator_of, an_authority, the_platform
from tests.pages.builders import counted
from tests.synthesis.builders import Desk, a_paragraph
from tests.voting.builders import a_poll, a_voting_round, options_of


class Voted:
    """A draft of one paragraph in a round in which people voted on two proposals: on the first 6 for and 2 against."""

    marks = ((1, 1), (1, 1), (1, -1), (1, -1), (1, 0), (1, None), (-1, None), (-1, None))

    def __init__(self, site, *, method=Method.SUPPORT, closes=True, marks=marks):
        self.site = site
        with site.writing():
            an_authority()
            self.round = a_voting_round()
            self.slug = self.round.slug
            self.desk = Desk(self.round, a_moderator_of(self.round), a_moderator_of(self.round))
            self.poll = a_poll(self.round, method=method)
            self.options = [(one.id, one.contribution_id, one.contribution.public_id) for one in options_of(self.poll)]
            rows = [
                (f"v{n}", {self.options[i][0]: value for i, value in enumerate(row) if value is not None})
                for n, row in enumerate(marks)
            ]
            enter_ballots(self.poll, rows, the_platform())
            draft = releasing.begin_draft(self.round, "Visie", self.desk.writer)
            self.paragraph = a_paragraph(draft, self.desk.writer).id
        self.page = f"/staff/rounds/{self.slug}/draft/paragraphs/{self.paragraph}"
        if closes:
            self.close()

    def close(self):
        with self.site.writing():
            session().get_one(Phase, self.poll.phase_id).closed_at = clock.now()
        work_once(self.site.database)

    def standing(self, number=0):
        return next(one for one in list_standings(self.round) if one.option_id == self.options[number][0])

    def cite(self, number=0):
        with self.site.writing():
            paragraph = get_paragraph(self.desk.writer, self.slug, self.paragraph)
            return verbs.cite(paragraph, self.desk.writer, vote=self.standing(number))

    def browser(self, actor):
        with self.site.reading():
            person = session().get_one(Person, actor.person_id)
            session().expunge(person)
        return self.site.browser(person)

    def publish(self):
        with self.site.writing():
            draft = get_draft(self.desk.writer, self.slug, 1)
            releasing.submit_draft(draft, self.desk.writer)
            releasing.publish_draft(draft, self.desk.second)

    def paper(self):
        with self.site.reading():
            telling = Telling(self.desk.writer, "http://localhost", "nl", 10)
            return str(drafted.compose(get_round(self.desk.writer, self.slug), telling))


def test_how_a_vote_came_out_is_chosen_and_everybody_reads_it_beside_the_paragraph_in_trace_and_document(site):
    voted = Voted(site)
    writer, option = voted.browser(voted.desk.writer), voted.options[0][0]
    words = "6 voor, 0 neutraal, 2 tegen, 8 mensen deden mee"
    assert f'value="vote/{option}"' in writer.get(voted.page).text
    with site.reading():
        assert [one.id for one in list_bare(voted.round.id)] == [voted.paragraph]
        before = draft_of(voted.round.id).digest
    told = {"source": f"vote/{option}", "use": "adopted", "note": "de meesten willen dit"}
    assert writer.post(f"{voted.page}/sources", told).status_code == 303
    assert f'value="vote/{option}"' not in writer.get(voted.page).text, "it stands beside the paragraph already"
    with site.reading():
        assert list_bare(voted.round.id) == []
        assert draft_of(voted.round.id).digest != before
    voted.publish()
    visitor = site.browser()
    read = visitor.get(f"/rounds/{voted.slug}/drafts/1").text
    assert f"de meesten willen dit; Wat vindt u van deze voorstellen?: {words}" in read
    assert f'href="/rounds/{voted.slug}/results">Voorstel 1</a>' in read
    trace = visitor.get(f"/rounds/{voted.slug}/contributions/{voted.options[0][2]}").text
    assert "De uitslag van de stemming erover staat als bron in ontwerp 1" in trace
    assert words in trace
    assert words in voted.paper()
    assert f"/rounds/{voted.slug}/results" in voted.paper()


@pytest.mark.parametrize(
    ("method", "marks", "words"),
    [
        (Method.APPROVAL, ((1, None), (1, 1), (1, None)), "gekozen, € 10, 3 stemmen, 3 mensen deden mee"),
        (Method.POINTS, ((3, 1), (2, 1)), "gekozen, € 10, 5 punten, 2 mensen deden mee"),
        (
            Method.RANKING,
            ((1, 2), (1, 2), (2, 1)),
            "gekozen, € 10, op 2 stembiljetten op de eerste plaats, 3 mensen deden mee",
        ),
    ],
)
def test_each_way_of_voting_says_whether_it_was_chosen_and_with_how_much(site, method, marks, words):
    voted = Voted(site, method=method, marks=marks)
    with site.reading(), speaking("nl"):
        first, second = voted.standing(0), voted.standing(1)
        assert words_of(first.told).replace("\N{NO-BREAK SPACE}", " ") == words
        assert words_of(second.told).startswith("niet gekozen")


def test_what_was_cited_stays_as_it_was_and_the_journal_tells_that_it_holds(site):
    voted = Voted(site)
    voted.cite()
    with site.reading():
        kept = session().scalars(select(VoteResult)).one()
        told, hash_ = dict(kept.told), kept.input_hash
        [result] = results_of(voted.round)
        poll = get_poll(the_platform(), voted.slug, voted.poll.id)
        reference = next(one.reference for one in result.options if one.option_id == voted.options[0][0])
        assert hash_ == digest([facts_of(poll, result)["outcome"], reference])
    with site.writing():
        enter_ballots(
            get_poll(the_platform(), voted.slug, voted.poll.id), [("later", {voted.options[0][0]: -1})], the_platform()
        )
    with site.reading():
        assert session().scalars(select(VoteResult)).one().told == told
        assert (voted.standing().told["votes"]["against"], voted.standing().input_hash != hash_) == (3, True)


def test_the_same_result_is_kept_once_stands_once_beside_a_paragraph_and_goes_into_the_next_version(site):
    voted = Voted(site)
    voted.cite()
    with pytest.raises(Conflict):
        voted.cite()
    voted.cite(1)
    voted.publish()
    with site.writing():
        releasing.begin_next_version(get_draft(voted.desk.writer, voted.slug, 1), voted.desk.writer)
    with site.reading():
        assert len(session().scalars(select(VoteResult)).all()) == 2
        [copied] = find_newest(voted.round.id).sections[-1].paragraphs
        assert {one.vote_result.option_id for one in copied.sources} == {one[0] for one in voted.options}
    with site.writing():
        again = get_paragraph(voted.desk.writer, voted.slug, copied.id)
        verbs.uncite(again.sources[0], voted.desk.writer)
    with site.reading():
        assert len(session().scalars(select(SourceLink)).all()) == 3


def test_nothing_is_cited_before_the_poll_is_closed_nor_of_another_round(site):
    early = Voted(site, closes=False)
    writer = early.browser(early.desk.writer)
    assert "vote/" not in writer.get(early.page).text
    told = {"source": f"vote/{early.options[0][0]}", "use": "adopted"}
    assert writer.post(f"{early.page}/sources", told).status_code == 404
    early.close()
    with site.writing():
        other = Desk(a_voting_round(), early.desk.writer, early.desk.second)
        elsewhere = a_paragraph(releasing.begin_draft(other.round, "Elders", other.writer), the_platform()).id
        with pytest.raises(Conflict):
            verbs.cite(
                get_paragraph(the_platform(), other.round.slug, elsewhere), the_platform(), vote=early.standing()
            )


def test_an_option_out_of_sight_is_no_source_any_more_and_its_title_is_read_nowhere(site):
    voted = Voted(site)
    voted.cite()
    voted.publish()
    with site.reading():
        before = draft_of(voted.round.id).digest
    with site.writing():
        session().get_one(Contribution, voted.options[0][1]).state = State.HELD
    with site.reading():
        assert [one.id for one in list_bare(voted.round.id)] == [voted.paragraph]
        assert draft_of(voted.round.id).digest != before
        assert [one.option_id for one in list_standings(voted.round)] == [voted.options[1][0]]
    read = site.browser().get(f"/rounds/{voted.slug}/drafts/1").text
    assert "een tekst die niet meer openbaar is" in read
    assert "Voorstel 1" not in read
    assert "Voorstel 1" not in voted.paper()


def test_statements_have_a_source_of_their_own(site):
    voted = Voted(site, method=Method.STATEMENTS)
    with site.reading():
        [result] = results_of(voted.round)
        assert result.final
        assert standings(result) == []


def test_the_page_of_a_paragraph_asks_no_more_for_more_polls(site):
    voted = Voted(site)
    writer = voted.browser(voted.desk.writer)
    with counted(site.database) as few:
        writer.get(voted.page)
    with site.writing():
        subject = get_round(the_platform(), voted.slug)
        for _number in range(2):
            a_poll(subject, method=Method.BUDGET)
    work_once(site.database)
    with counted(site.database) as many:
        assert writer.get(voted.page).text.count('value="vote/') == 6
    assert len(many) == len(few) <= 16
