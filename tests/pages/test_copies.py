"""Words that are out of sight in one place are found wherever somebody wrote them down anew."""

from datetime import date

import pytest

from consult.answers.models import TextBlock
from consult.contributions.models import Attachment, Checked, Contribution, Kind, SharedText, State
from consult.contributions.queries import get_contribution
from consult.contributions.verbs import rewrite
from consult.decisions.models import Commitment, Decision, Result
from consult.director.actions.models import Action
from consult.documents.models import PaperKind, PaperText
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.moderation import verbs
from consult.moderation.redactions import confirm_redaction
from consult.pages import copies
from consult.pages.copies import Copy, Spot, list_copies, looked_for
from consult.policy import Duty
from consult.review.models import OwnChange
from consult.rounds.models import Round
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind, Paragraph, Section
from consult.weighing.models import Chapter, Finding, FindingKind, SynthesisReport
from tests.builders import a_member_of_staff, a_moderator_of, a_resident, a_round, appoint, the_platform
from tests.contributions.builders import a_contribution
from tests.moderation.builders import a_redaction, a_refusal, taken_away
from tests.shows import shows

NAME = "Éva de Wit_50%"
TOLD = "Volgens éva  de\nWit_50% kan het."
SAID = {"html": "", "renderer": "1"}
DAY = date(2026, 5, 1)


def written_everywhere(found: Round, other: Contribution) -> set[Spot]:
    """Write the name down in every kind of text of a round, and return where."""
    now, of = clock.now(), {"contribution_id": other.id}
    rewrite(other, title=other.title, text=TOLD, html="", at=now)
    rewrite(other, title=other.title, text=f"{TOLD} Ja.", html="", at=now)
    promised = {"text": TOLD, "keeper": "Groen", "made_on": now.date(), "due_on": now.date(), "recorded_at": now}
    add(Commitment(round_id=found.id, **promised))
    add(Commitment(round_id=found.id, **promised, replaced_at=now))
    add(TextBlock(round_id=found.id, name="Uitleg", kind=OutcomeKind.PARTLY, text=TOLD, written_at=now))
    add(SharedText(**of, number=1, text=TOLD, written_at=now, **SAID))
    add(Outcome(**of, kind=OutcomeKind.PARTLY, reason=TOLD, set_at=now))
    add(Action(**of, text=TOLD, owner="Groen", due_on=now.date(), because="", written_at=now))
    file = {"name": "brief.pdf", "media_type": "application/pdf", "size": 1, "sha256": "0" * 64, "position": 1}
    add(Attachment(**of, **file, stored_name="x", alt=TOLD, checked=Checked.CLEAN, added_at=now))
    for number, state in enumerate((DraftState.PUBLISHED, DraftState.CONCEPT), start=1):
        draft = add(Draft(round_id=found.id, number=number, title="Visie", state=state, begun_at=now))
        section = add(Section(draft_id=draft.id, position=1, title="Groen"))
        add(Paragraph(section_id=section.id, position=1, text=TOLD, **SAID))
    report = add(SynthesisReport(round_id=found.id, number=1, begun_at=now))
    chapter = add(Chapter(report_id=report.id, theme_id=found.themes[0].id, position=1, summary=TOLD))
    add(Finding(chapter_id=chapter.id, position=1, kind=FindingKind.FOR, text="Kort.", reason="", cost="", advice=""))
    add(OwnChange(round_id=found.id, section_id=section.id, text="Anders.", reason=TOLD, made_at=now))
    add(PaperText(round_id=found.id, paper=PaperKind.PARTICIPATION, number=1, texts={"a": TOLD}, written_at=now))
    add(
        Decision(
            round_id=found.id,
            draft_id=draft.id,
            result=Result.ADOPTED,
            number="1",
            reason=TOLD,
            decided_on=now.date(),
            recorded_at=now,
        )
    )
    return set(Spot) - {Spot.QUOTE, Spot.FINDING, Spot.POINT}


@pytest.fixture
def plein(unit):
    found = a_round(slug="plein")
    made = a_contribution(found, a_resident(), title="Een bankje", text=f"{NAME} wil een bankje bij de vijver. Ja.")
    other = a_contribution(found, a_resident(), title="Een boom", text="Meer groen.")
    return found, get_contribution(the_platform(), "plein", made.public_id), other


def copies_of(one: Contribution) -> list[Copy]:
    return list_copies(one, looked_for(one))


@shows("L13")
def test_what_was_taken_away_is_found_wherever_it_was_written_down_anew(plein):
    found, one, other = plein
    assert copies_of(one) == []
    redaction = a_redaction(one, NAME)
    spots = written_everywhere(found, other)
    assert {copy.spot for copy in copies_of(one)} == spots, "before anybody confirms it too"
    confirm_redaction(redaction, a_moderator_of(found))
    places = copies_of(one)
    assert {copy.spot for copy in places} == spots
    assert [copy.spot for copy in places].count(Spot.COMMITMENT) == 1, "what was replaced is shown to nobody"
    assert all(copy.passages == [NAME] and "éva de Wit_50%" in copy.around for copy in places)
    other.text = "Volgens Eva de Wit 50 kan het."
    session().flush()
    assert Spot.CONTRIBUTION not in {copy.spot for copy in copies_of(one)}, "it was mended"
    confirm_redaction(a_redaction(other, NAME), a_moderator_of(found))
    assert Spot.EARLIER not in {copy.spot for copy in copies_of(one)}, "readers of earlier versions get a mark too"


def test_words_that_only_seem_to_be_the_same_take_no_place_of_those_that_are(plein, monkeypatch):
    monkeypatch.setattr(copies, "MOST", 3)
    found, one, _other = plein
    for _each in range(5):
        a_contribution(found, text="Volgens éva en de Wit_50% kan het.")
    confirm_redaction(a_redaction(one, NAME), a_moderator_of(found))
    assert copies_of(one) == []
    for _each in range(4):
        add(Commitment(round_id=found.id, text=TOLD, keeper="Groen", made_on=DAY, due_on=DAY, recorded_at=clock.now()))
    assert [copy.spot for copy in copies_of(one)] == [Spot.COMMITMENT] * 3


def test_of_what_is_held_or_gone_the_words_that_were_taken_away_are_looked_for_first(plein):
    found, one, _other = plein
    first, second = a_moderator_of(found), a_moderator_of(found)
    confirm_redaction(a_redaction(one, NAME), second)
    taken_away(one, second)
    assert looked_for(one) == [NAME, f"{NAME} wil een bankje bij de vijver."]
    waiting = a_redaction(one, "bij de vijver")
    assert looked_for(one)[:2] == [NAME, "bij de vijver"]
    confirm_redaction(waiting, second)
    verbs.confirm_refusal(a_refusal(one, first), second)
    assert looked_for(one)[:2] == [NAME, "bij de vijver"]


def test_of_what_is_gone_as_a_whole_its_longer_sentences_are_looked_for(plein):
    found, one, other = plein
    other.text = f"Zoals iemand schreef: {one.text} Dat is goed."
    refusal = a_refusal(one, a_moderator_of(found))
    assert looked_for(one) == []
    verbs.confirm_refusal(refusal, a_moderator_of(found))
    assert looked_for(one) == [f"{NAME} wil een bankje bij de vijver."]
    [copy] = copies_of(one)
    assert (copy.page, copy.at) == ("moderation.item", {"public_id": other.public_id})


def test_what_is_not_read_by_others_and_other_rounds_are_left_alone(plein):
    found, one, other = plein
    other.text, other.state = TOLD, State.WITHDRAWN
    a_contribution(a_round(), title="Elders", text=TOLD)
    a_contribution(found, kind=Kind.ARGUMENT, text="Volgens Éva de Witte kan het.")
    confirm_redaction(a_redaction(one, NAME), a_moderator_of(found))
    assert copies_of(one) == []


def test_whoever_confirms_goes_on_to_the_places_where_the_words_stand(site):
    with site.writing():
        found = a_round(slug="plein")
        first, second = a_member_of_staff(), a_member_of_staff()
        for person in (first, second):
            appoint(found, person, Duty.MODERATOR)
        one = a_contribution(found, a_resident(), text="Jan de Vries wil een bankje.")
        other = a_contribution(found, a_resident(), title="Een boom", text="Jan de Vries weet dat.")
        redaction = a_redaction(get_contribution(the_platform(), "plein", one.public_id), "Jan de Vries")
    browser, at = site.browser(second), f"/staff/rounds/plein/queue/{one.public_id}"
    assert f"{at}/copies" in browser.get(at).text
    sent = browser.post(
        f"{at}/redaction/confirm", {"redaction": str(redaction.id), "back": "/staff/rounds/plein/queue?kind=proposal"}
    )
    assert sent.headers["Location"].partition("?")[0] == f"{at}/copies"
    page = browser.get(sent.headers["Location"]).text
    assert 'href="/staff/rounds/plein/queue?kind=proposal"' in page, "back to the queue as it was filtered"
    assert "is nu: " in page
    assert "Ja, op één plaats in deze ronde." in page
    assert f"/staff/rounds/plein/queue/{other.public_id}" in page
    assert site.browser(a_reader_of(site)).get(f"{at}/copies").status_code in {403, 404}


def a_reader_of(site):
    with site.writing():
        return a_resident()
