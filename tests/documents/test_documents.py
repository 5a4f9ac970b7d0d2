"""What stands in the documents, and what may never stand in one."""

import re
from dataclasses import replace
from datetime import date

import pytest

from consult.decisions.models import Amendment, Decision, Result
from consult.decisions.verbs import CommitmentTold, change_commitment, promise, settle_commitment
from consult.director.accountability.models import Withheld
from consult.director.accountability.queries import Reviewed
from consult.director.accountability.verbs import ReviewTold, publish_role_review, write_role_review
from consult.documents import papers, verbs
from consult.documents.errands import everybody
from consult.documents.models import PaperKind
from consult.documents.paper import Paragraph, Table, texts_of
from consult.documents.queries import Paper, find_public_texts, list_papers
from consult.documents.telling import Telling
from consult.foundation import clock
from consult.foundation.db import add, new_id, session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.language import speaking
from consult.mandates.models import Rung
from consult.review import answering
from consult.rounds.models import PhaseKind, RoundState
from consult.rounds.queries import get_round
from consult.rounds.verbs import close_phase
from consult.voting.methods import Outcome
from consult.voting.models import Method
from consult.voting.results import OptionResult, PollResult
from tests.builders import a_resident, an_authority, phase_of, reloaded, the_platform
from tests.decisions.test_verbs import Council, today
from tests.review.builders import a_desk as a_review
from tests.review.builders import a_view, answered
from tests.shows import shows
from tests.synthesis.builders import a_contribution, a_desk, a_draft, published
from tests.weighing.builders import a_source, a_whole_report
from tests.weighing.builders import published as published_report

pytestmark = pytest.mark.usefixtures("unit")


def composed(kind, found):
    session().flush()
    session().expire_all()
    subject = get_round(everybody(), found)
    return papers.compose(kind, subject, Telling(everybody(), "https://a.test", "nl", 10))


def words(document):
    return "\n".join(texts_of(document.as_data()))


@shows("S50")
def test_a_draft_names_under_each_paragraph_where_it_comes_from():
    desk = a_desk()
    source = a_contribution(desk.round, "Bankjes bij de winkels", reference="V04")
    address = f"https://a.test/rounds/{desk.round.slug}/contributions/{source.public_id}"
    published(desk, a_draft(desk, source))
    told = words(composed(PaperKind.DRAFT, desk.round.slug))
    assert "V04 Bankjes bij de winkels" in told
    assert address in told


def test_a_draft_that_is_not_published_is_no_document():
    desk = a_desk()
    a_draft(desk, a_contribution(desk.round))
    slug = desk.round.slug
    for kind in (PaperKind.DRAFT, PaperKind.COUNCIL, PaperKind.NOTE, PaperKind.SYNTHESIS):
        with pytest.raises(NotFound):
            composed(kind, slug)


@shows("L11")
def test_a_response_note_has_every_point_once_and_names_nobody():
    desk = a_review()
    author = a_resident("Wilhelmina van Puffelen")
    view = answered(desk, a_view(desk, author), points=3)
    answering.offer_note(desk.term, desk.writer)
    answering.publish_note(desk.term, desk.second)
    code, name = view.code, author.name
    document = composed(PaperKind.NOTE, desk.round.slug)
    told = words(document)
    assert [told.count(f"{code}.{n} ") for n in (1, 2, 3)] == [1, 1, 1]  # each stands as a heading, once
    assert name not in told


@shows("L09")
def test_a_participation_report_tells_who_took_part_and_what_was_done():
    authority = an_authority()
    authority.ordinance = "Participatieverordening 2025"
    desk = a_desk()
    found = desk.round
    for number in range(12):
        a_contribution(found, f"Voorstel {number}")
    slug = found.slug
    assert PaperKind.PARTICIPATION not in {one.kind for one in list_papers(everybody(), found)}
    collecting = phase_of(found, PhaseKind.COLLECT)
    collecting.closing_at = collecting.opens_at
    close_phase(collecting, the_platform())
    paper = Paper(reloaded(found), PaperKind.PARTICIPATION)
    texts = {"involved": "Per brief uitgenodigd.", "policy": "Zoals het hoort.", "evaluation": "Eerder beginnen."}
    verbs.write_texts(paper, texts, desk.writer, number=0)
    assert "Eerder beginnen." not in words(composed(PaperKind.PARTICIPATION, slug))
    verbs.publish_texts(paper, desk.second, number=1)
    document = composed(PaperKind.PARTICIPATION, slug)
    told = words(document)
    for expected in (*texts.values(), "Participatieverordening 2025", "Bedrijven", "Maatschappelijke organisaties"):
        assert expected in told, expected
    groups = next(b for p in document.parts for b in p.blocks if isinstance(b, Table) and "Inwoners" in str(b))
    assert groups.rows[0][1][0].text == "12"


def test_a_participation_report_takes_over_the_evaluation_once_that_is_public():
    desk = a_desk()
    found = desk.round
    found.state = RoundState.CLOSED
    told = ReviewTold(
        Rung.DIRECT,
        "Wij deden wat wij kozen.",
        "Eerder naar scholen.",
        {},
        sent=1058,
        responses=214,
        survey={"Voelde u zich gehoord?": "6.8"},
    )
    write_role_review(Reviewed(found, []), told, desk.writer, number=0)
    expected = ("Wij deden wat wij kozen.", "Eerder naar scholen.", "1.058", "20,2 %", "Voelde u zich gehoord?", "6,8")
    before = words(composed(PaperKind.PARTICIPATION, found.slug))
    assert not any(one in before for one in expected), "nobody reads it before a second person published it"
    publish_role_review(Reviewed(found, []), desk.second, number=1)
    after = words(composed(PaperKind.PARTICIPATION, found.slug))
    for one in expected:
        assert one in after, one


def test_of_an_evaluation_that_is_withheld_the_report_tells_the_ground_alone():
    desk = a_desk()
    desk.round.state = RoundState.CLOSED
    because = {"withheld": Withheld.INTERNAL, "withheld_because": "Het gaat over één medewerker."}
    told = ReviewTold(Rung.DIRECT, "Wij botsten.", "Eerder bellen.", {}, **because)
    write_role_review(Reviewed(desk.round, []), told, desk.writer, number=0)
    publish_role_review(Reviewed(desk.round, []), desk.second, number=1)
    report = words(composed(PaperKind.PARTICIPATION, desk.round.slug))
    assert "Het gaat over één medewerker." in report
    assert "Wij botsten." not in report
    assert "Eerder bellen." not in report


def test_few_people_are_not_counted_out():
    desk = a_desk()
    a_contribution(desk.round)
    told = words(composed(PaperKind.PARTICIPATION, desk.round.slug))
    assert "minder dan 10" in told


def test_texts_are_published_by_somebody_else_as_they_were_read():
    desk = a_desk()
    paper = Paper(desk.round, PaperKind.COUNCIL)
    with pytest.raises(NotNow):
        verbs.publish_texts(paper, desk.second, number=1)
    verbs.write_texts(paper, {"decisions": "Het plan vaststellen."}, desk.writer, number=0)
    with pytest.raises(NotAllowed):
        verbs.publish_texts(paper, desk.writer, number=1)
    with pytest.raises(Conflict):
        verbs.write_texts(paper, {"decisions": "Iets anders."}, desk.second, number=0)
    with pytest.raises(Conflict):
        verbs.publish_texts(paper, desk.second, number=2)
    verbs.publish_texts(paper, desk.second, number=1)
    verbs.write_texts(paper, {"decisions": "Een ander plan."}, desk.writer, number=1)
    assert find_public_texts(desk.round.id, PaperKind.COUNCIL)["decisions"] == "Het plan vaststellen."
    with pytest.raises(Conflict):
        verbs.write_texts(Paper(desk.round, PaperKind.DRAFT), {}, desk.writer, number=0)


def test_a_council_file_holds_every_document_that_is_public_and_names_what_is_not():
    desk = a_desk()
    source = a_source(desk)
    published(desk, a_draft(desk, source))
    paper = Paper(desk.round, PaperKind.COUNCIL)
    verbs.write_texts(paper, {"decisions": "Vaststellen.\n- Geld vrijmaken."}, desk.writer, number=0)
    verbs.publish_texts(paper, desk.second, number=1)
    slug = desk.round.slug
    told = words(composed(PaperKind.COUNCIL, slug))
    assert "Geld vrijmaken." in told
    assert "Nog niet bekendgemaakt: Syntheseverslag, Reactienota." in told
    published_report(desk, a_whole_report(desk, source))
    document = composed(PaperKind.COUNCIL, slug)
    assert "Syntheseverslag" in [part.title for part in document.parts]
    codes = re.findall(r"\b[0-9a-f]{16}\b", words(document))
    own = composed(PaperKind.SYNTHESIS, slug).content_hash[:16]
    assert own in codes


def test_a_council_file_tells_what_the_council_decided():
    desk = a_desk()
    draft = a_draft(desk, a_contribution(desk.round))
    published(desk, draft)
    told = {
        "decided_on": date(2026, 6, 4),
        "number": "2026-118",
        "votes": "21 voor, 8 tegen",
        "recorded_at": clock.now(),
    }
    decision = add(Decision(round_id=desk.round.id, draft_id=draft.id, result=Result.SENT_BACK, **told))
    more = {"position": 1, "number": "A3", "text": "Meer schaduw bij de halte.", "votes": "29 voor"}
    add(Amendment(decision_id=decision.id, stable_id=new_id(), **more))
    session().expire_all()
    document = composed(PaperKind.COUNCIL, desk.round.slug)
    assert "Wat de raad besloot" in [part.title for part in document.parts]
    for said in (
        "donderdag 4 juni 2026",
        "2026-118",
        "21 voor, 8 tegen",
        "Amendement A3",
        "Meer schaduw bij de halte.",
    ):
        assert said in words(document)


def test_a_document_is_whole_in_english_too():
    desk = a_desk()
    published(desk, a_draft(desk, a_contribution(desk.round)))
    slug = desk.round.slug
    with speaking("en"):
        told = words(composed(PaperKind.COUNCIL, slug))
    assert "What the council is asked" in told
    assert "https://a.test/en/rounds/" in told
    assert "Wat de raad" not in told


def test_a_draft_and_the_council_file_tell_what_was_decided_and_what_it_changed():
    council = Council()
    council.decide(Result.AMENDED, amendments=[council.amendment()])
    slug = council.round.slug
    draft = composed(PaperKind.DRAFT, slug)
    assert dict(draft.facts)["Stand"].startswith("gewijzigd vastgesteld")
    document = composed(PaperKind.COUNCIL, slug)
    [part] = [one for one in document.parts if one.title == "Wat er in het ontwerp veranderde"]
    table = next(one for one in part.blocks if isinstance(one, Table))
    assert table.caption == "Van versie 1 naar versie 2"
    [(_where, was, now)] = table.rows
    assert [run.text.strip() for run in was if run.strong] == ["bankjes."]
    assert [run.text.strip() for run in now if run.strong] == ["banken en bomen."]


def part_of(document, title):
    """The words of one part of a document; None where it has no such part."""
    return next((words(replace(document, parts=(one,))) for one in document.parts if one.title == title), None)


def test_a_council_file_keeps_what_was_promised_before_the_decision_and_tells_apart_what_became_of_it():
    council = Council()
    told = [CommitmentTold(text, "wethouder", today(), today()) for text in ("Elke wijk een gesprek.", "Meer bomen.")]
    kept, moved = (promise(council.round, one, council.actor) for one in told)
    asked, became = "Wat de raad wordt gevraagd", "Wat er van de toezeggingen kwam"
    open_ones = composed(PaperKind.COUNCIL, council.round.slug)
    assert "Elke wijk een gesprek (wethouder" in part_of(open_ones, asked)
    assert part_of(open_ones, became) is None, "it would say the same twice"
    council.decide()
    after = council.table(council.table.director)
    settle_commitment(kept, "Er waren acht gesprekken.", after, is_kept=True)
    later = replace(told[1], text="Minder bomen.")
    settle_commitment(change_commitment(moved, later, "Geen geld.", after), "Te duur.", after, is_kept=False)
    promise(council.round, replace(told[0], text="Een evaluatie."), after)
    document = composed(PaperKind.COUNCIL, council.round.slug)
    assert part_of(document, asked) == part_of(open_ones, asked)
    said = part_of(document, became)
    lines = (
        "nagekomen op",
        "Er waren acht gesprekken.",
        "Minder bomen",
        "ingetrokken op",
        "Te duur.",
        "Een evaluatie",
    )
    for line in (*lines, "nog na te komen"):
        assert line in said
    titles = [part.title for part in document.parts]
    assert titles.index(became) == titles.index("Wat de raad besloot") + 1


def test_a_draft_is_provisional_until_the_decision_and_not_until_a_day():
    council = Council()
    deciding = phase_of(council.round, PhaseKind.DECIDE)
    deciding.closing_at = clock.now()
    close_phase(deciding, the_platform())
    assert dict(composed(PaperKind.DRAFT, council.round.slug).facts)["Stand"] == "voorlopig tot de raad beslist"


def test_a_council_file_tells_support_and_dissent_beside_each_other(monkeypatch):
    desk = a_desk()
    published(desk, a_draft(desk, a_contribution(desk.round)))
    votes = [{"for": 90, "neutral": 5, "against": 10}, {"for": 40, "neutral": 0, "against": 60}, {"for": 9}]
    options = [OptionResult(desk.round.id, str(n), f"Optie {n}", None, None, one) for n, one in enumerate(votes)]
    poll = PollResult(desk.round.id, desk.round.id, {}, "Peiling", Method.SUPPORT, True, 1_000, 214, options, ())
    monkeypatch.setattr("consult.documents.council.results_of", lambda _subject: [poll])
    document = composed(PaperKind.COUNCIL, desk.round.slug)
    [part] = [one for one in document.parts if one.title == "Steun en tegenstand"]
    told = [[row[0][0].text for row in one.rows] for one in part.blocks if isinstance(one, Table)]
    assert told == [["Optie 0", "Optie 1", "Optie 2"], ["Optie 1", "Optie 0"]]


def test_the_council_file_stays_as_the_council_read_it_and_other_texts_do_not():
    desk = a_desk()
    for kind in (PaperKind.COUNCIL, PaperKind.PARTICIPATION):
        verbs.write_texts(Paper(desk.round, kind), {}, desk.writer, number=0)
    desk.round.decided_at = clock.now()
    session().flush()
    with pytest.raises(NotNow, match="besluit"):
        verbs.publish_texts(Paper(desk.round, PaperKind.COUNCIL), desk.second, number=1)
    verbs.publish_texts(Paper(desk.round, PaperKind.PARTICIPATION), desk.second, number=1)


def test_a_council_file_tells_that_too_few_people_took_part(monkeypatch):
    desk = a_desk()
    published(desk, a_draft(desk, a_contribution(desk.round)))
    votes = [{"for": 90, "neutral": 5, "against": 10}]
    options = [OptionResult(desk.round.id, str(n), f"Optie {n}", None, None, one) for n, one in enumerate(votes)]
    quorum = {"quorum": {"needed": 500, "cast": 214, "is_reached": False}}
    outcome = Outcome("support", {"binding": False}, (), (), quorum)
    poll = PollResult(desk.round.id, desk.round.id, {}, "Peiling", Method.SUPPORT, True, 1_000, 214, options, [outcome])
    monkeypatch.setattr("consult.documents.council.results_of", lambda _subject: [poll])
    document = composed(PaperKind.COUNCIL, desk.round.slug)
    [part] = [one for one in document.parts if one.title == "Steun en tegenstand"]
    [first] = [one for one in part.blocks if isinstance(one, Paragraph)]
    assert "er waren er 500 nodig, en het werden er 214" in "".join(run.text for run in first.words)
