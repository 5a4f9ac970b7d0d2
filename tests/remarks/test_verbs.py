import pytest
from sqlalchemy import func, select

from consult.audit.models import Entry
from consult.contributions.models import Contribution, Kind, State
from consult.foundation.anchors import Fate
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow, TooMany
from consult.foundation.text import plain, sanitize
from consult.policy import Act
from consult.remarks import rules, verbs
from consult.remarks.queries import get_handled, get_remark, list_said
from consult.remarks.rules import Wanted
from consult.rounds.models import PhaseKind
from consult.synthesis.carrying import count_remarks
from consult.synthesis.models import Carried, Outcome, OutcomeKind, Remark, Use
from consult.synthesis.rules import wording_of
from consult.synthesis.trace import trace_links
from consult.synthesis.verbs import edit_paragraph, remove_paragraph
from tests.builders import a_moderator_of, a_resident, a_round, acting, the_platform
from tests.participants.builders import an_organisation, somebody
from tests.remarks.builders import (
    BENCHES,
    BOATS,
    STREETS,
    a_drafting_desk,
    a_published_draft,
    a_remark,
    being_written,
    paragraphs_of,
    read,
    the_next,
    whole,
)
from tests.synthesis.builders import Desk

pytestmark = pytest.mark.usefixtures("unit")

QUOTE = "bankjes bij de winkels en bij de vijver"


def fates(desk: Desk) -> list[tuple[Fate, str]]:
    """What became of each remark in the newest version, in the order of coming in, with the words as they read now."""
    wanted = select(Carried).join(Contribution, Contribution.id == Carried.remark_id)
    rows = session().scalars(wanted.where(Carried.draft_id == whole(desk).id).order_by(Contribution.received_at))
    return [(one.fate, one.found) for one in rows]


def test_a_remark_is_a_contribution_about_words_of_a_paragraph():
    desk = a_drafting_desk()
    a_published_draft(desk)
    person = a_resident()
    new = a_remark(desk, "bij de   vijver", person=person)
    kept = session().get_one(Remark, new.id)
    assert (new.kind, new.state, new.author_id, new.version) == (Kind.REMARK, State.PUBLISHED, person.id, 1)
    assert (kept.quote, kept.stable_id) == ("bij de vijver", paragraphs_of(whole(desk))[0].stable_id)
    assert kept.prefix.endswith("winkels en ")
    entry = session().scalars(select(Entry).where(Entry.act == Act.ADD_REMARK)).one()
    assert "vijver" not in str(entry.facts)


def test_where_the_round_holds_what_comes_in_a_remark_waits_too():
    desk = a_drafting_desk(holds_first=True)
    a_published_draft(desk)
    assert a_remark(desk).state is State.HELD
    assert count_remarks(whole(desk).id) == {}
    assert list_said(acting(a_resident()), whole(desk), Wanted()).total == 0
    assert list_said(desk.writer, whole(desk), Wanted()).total == 1


def test_a_remark_that_holds_a_phone_number_waits_for_a_moderator():
    desk = a_drafting_desk()
    a_published_draft(desk)
    assert a_remark(desk, text="Bel mij op 06-12345678 alstublieft.").state is State.HELD


@pytest.mark.parametrize("phase", [PhaseKind.COLLECT, PhaseKind.FORMAL_REVIEW, PhaseKind.DECIDE])
def test_people_react_while_the_draft_is_written_and_not_in_other_phases(phase):
    found = a_round(phases=[phase])
    desk = Desk(found, a_moderator_of(found), a_moderator_of(found))
    a_published_draft(desk)
    with pytest.raises(NotNow):
        a_remark(desk)


def test_only_the_newest_version_takes_remarks():
    desk = a_drafting_desk()
    a_published_draft(desk)
    old = read(desk)
    the_next(desk)
    about = read(desk, number=1)
    assert about.stable_id == old.stable_id
    with pytest.raises(Conflict):
        verbs.add_remark(about, acting(a_resident()), Kind.REMARK, text="Te laat.", html="<p>Te laat.</p>")


def test_a_member_speaks_for_an_organisation_and_nobody_for_one_of_others():
    desk = a_drafting_desk()
    a_published_draft(desk)
    person = somebody()
    body = an_organisation("Groen", person)
    told = {"text": "Wij zijn blij.", "html": "<p>Wij zijn blij.</p>", "organisation": body}
    new = verbs.add_remark(read(desk), acting(person), Kind.REMARK, **told)
    assert (new.organisation_id, new.author_id, new.entered_by_id) == (body.id, None, person.id)
    with pytest.raises(NotAllowed):
        verbs.add_remark(read(desk), acting(a_resident()), Kind.REMARK, **told)


def test_nobody_sends_in_very_much_within_an_hour(monkeypatch):
    monkeypatch.setattr(verbs, "AN_HOUR", 2)
    desk = a_drafting_desk()
    a_published_draft(desk)
    person = a_resident()
    a_remark(desk, person=person)
    a_remark(desk, text="Nog iets heel anders.", wording="Iets.", person=person)
    with pytest.raises(TooMany):
        a_remark(desk, text="En nog iets.", person=person)
    a_remark(desk)


# --- carried into the next version ---


def test_in_the_next_version_every_remark_says_what_became_of_its_words():
    desk = a_drafting_desk()
    a_published_draft(desk)
    a_remark(desk, QUOTE)
    a_remark(desk, "De stoepen op de routes naar school", place=1)
    a_remark(desk, "30-zones", place=1)
    a_remark(desk, "ook voor wie hier op bezoek komt", place=2)
    the_next(
        desk,
        BENCHES.replace("bij de winkels", "bij alle winkels"),
        "Woonstraten worden 30-zones.",
        f"In de haven varen grote schepen. {STREETS.partition('. ')[2]}",
    )
    assert fates(desk) == [
        (Fate.CHANGED, "bankjes bij alle winkels en bij de vijver."),
        (Fate.MOVED, "De stoepen op de routes naar school"),
        (Fate.KEPT, "30-zones"),
        (Fate.GONE, ""),
    ]
    ids = [one.stable_id for one in paragraphs_of(whole(desk))]
    assert count_remarks(whole(desk).id) == {ids[0]: 1, ids[1]: 1, ids[2]: 2}


def test_a_remark_on_a_whole_paragraph_stays_with_it_and_is_found_again_when_it_is_gone():
    desk = a_drafting_desk()
    a_published_draft(desk)
    for place in range(3):
        a_remark(desk, place=place)
    the_next(desk, BENCHES, "Iets heel anders dan wat hier stond.", None)
    assert [fate for fate, _found in fates(desk)] == [Fate.KEPT, Fate.CHANGED, Fate.GONE]
    assert count_remarks(whole(desk).id)[None] == 1
    the_next(desk, BENCHES, BOATS)
    assert [fate for fate, _found in fates(desk)] == [Fate.KEPT, Fate.CHANGED, Fate.MOVED]


def test_words_that_changed_a_little_each_time_are_followed():
    desk = a_drafting_desk()
    a_published_draft(desk)
    a_remark(desk, "Ouderen kunnen daar onderweg rusten")
    said = BENCHES.partition(". ")[0]
    the_next(desk, f"{said}. Ouderen kunnen daar onderweg zitten.")
    the_next(desk, f"{said}. Ouderen kunnen hier overdag onderweg zitten.")
    the_next(desk, f"{said}. Mensen kunnen hier overdag buiten zitten.")
    [(fate, found)] = fates(desk)
    assert fate is Fate.CHANGED
    assert found.startswith("kunnen hier overdag")


def test_no_remark_is_ever_lost_whatever_the_next_version_says():
    desk = a_drafting_desk()
    a_published_draft(desk)
    held = a_remark(desk, text="Mail naar iemand@voorbeeld.test", place=1)
    withdrawn = get_remark(the_platform(), desk.round.slug, a_remark(desk, "boten", place=2).public_id)
    verbs.withdraw_remark(withdrawn, the_platform())
    a_remark(desk, QUOTE)
    the_next(desk, None, None, "Alles is anders.")
    assert held.state is State.HELD
    made = session().scalar(select(func.count()).select_from(Remark))
    assert session().scalar(select(func.count()).select_from(Carried)) == made == 3


# --- taking it back ---


def test_a_remark_is_taken_back_once_and_no_longer_public():
    desk = a_drafting_desk()
    a_published_draft(desk)
    person = a_resident()
    new = a_remark(desk, person=person)
    remark = get_remark(acting(person), desk.round.slug, new.public_id)
    verbs.withdraw_remark(remark, acting(person))
    assert new.state is State.WITHDRAWN
    assert count_remarks(whole(desk).id) == {}
    with pytest.raises(NotNow):
        verbs.withdraw_remark(remark, acting(person))


# --- worked into the next version ---


def worked_in(desk: Desk, new: Contribution, **more: object) -> None:
    handled = get_handled(desk.writer, desk.round.slug, new.public_id)
    assert handled.paragraph is not None
    assert handled.place is not None
    text = rules.applied(handled.paragraph.text, handled.place.found, wording_of(new.text)) or ""
    told = {"text": text, "html": sanitize(text), "version": handled.paragraph.version, "reason": "Dat is beter."}
    verbs.work_in(handled, desk.writer, **{**told, "kind": OutcomeKind.ADOPTED, **more})


def test_a_suggestion_that_is_used_names_its_author_as_source_both_ways():
    desk = a_drafting_desk()
    a_published_draft(desk)
    person = a_resident("Els Bakker")
    new = a_remark(desk, "bankjes", wording="tien bankjes met een leuning", person=person)
    being_written(desk)
    worked_in(desk, new)
    [first, *_rest] = paragraphs_of(whole(desk))
    assert plain(first.html).startswith("De gemeente zet tien bankjes met een leuning bij de winkels")
    [link] = first.sources
    assert (link.use, link.contribution_id, first.is_editorial) == (Use.ADOPTED, new.id, False)
    assert link.contribution is not None
    assert link.contribution.author is not None
    assert link.contribution.author.name == "Els Bakker"
    outcome = session().scalars(select(Outcome).where(Outcome.contribution_id == new.id)).one()
    assert (outcome.kind, outcome.published_at) == (OutcomeKind.ADOPTED, None)
    [place] = trace_links(session().get_one(Contribution, new.id), desk.writer).places
    assert place.paragraph.stable_id == first.stable_id


def test_partly_used_is_adapted_and_a_remark_that_is_used_is_not_taken_back():
    desk = a_drafting_desk()
    a_published_draft(desk)
    new = a_remark(desk, "bankjes", wording="tien bankjes")
    being_written(desk)
    worked_in(desk, new, kind=OutcomeKind.PARTLY)
    assert paragraphs_of(whole(desk))[0].sources[0].use is Use.ADAPTED
    with pytest.raises(NotNow):
        verbs.withdraw_remark(get_remark(the_platform(), desk.round.slug, new.public_id), the_platform())


def test_of_two_who_work_on_one_paragraph_the_second_reads_both_texts():
    desk = a_drafting_desk()
    a_published_draft(desk)
    new = a_remark(desk, "bankjes", wording="tien bankjes")
    being_written(desk)
    handled = get_handled(desk.second, desk.round.slug, new.public_id)
    assert handled.paragraph is not None
    first = paragraphs_of(whole(desk))[0]
    edit_paragraph(first, desk.writer, text="Van de een.", html="<p>Van de een.</p>", is_editorial=True, version=1)
    told = {"text": "Van de ander.", "html": "<p>Van de ander.</p>", "kind": OutcomeKind.ADOPTED, "reason": "Goed."}
    handled = get_handled(desk.second, desk.round.slug, new.public_id)
    with pytest.raises(Conflict) as refused:
        verbs.work_in(handled, desk.second, version=1, **told)
    assert (refused.value.theirs, refused.value.yours) == ("Van de een.", "Van de ander.")
    assert session().scalar(select(func.count()).select_from(Outcome)) == 0


def test_nothing_is_worked_into_a_version_that_is_not_being_written_or_by_saying_the_same():
    desk = a_drafting_desk()
    a_published_draft(desk)
    new = a_remark(desk, "bankjes", wording="tien bankjes")
    told = {"text": "X", "html": "<p>X</p>", "version": 1, "kind": OutcomeKind.ADOPTED, "reason": "Goed."}
    with pytest.raises(NotNow):
        verbs.work_in(get_handled(desk.writer, desk.round.slug, new.public_id), desk.writer, **told)
    being_written(desk)
    with pytest.raises(Conflict):
        worked_in(desk, new, text=BENCHES)
    being_gone = get_handled(desk.writer, desk.round.slug, a_remark_gone(desk).public_id)
    with pytest.raises(Conflict):
        verbs.work_in(being_gone, desk.writer, **told)


def a_remark_gone(desk: Desk) -> Contribution:
    """A remark on a paragraph that is no longer in the version being written."""
    stable_id = paragraphs_of(whole(desk))[2].stable_id
    found = session().scalars(select(Remark)).one()
    found.stable_id, found.quote = stable_id, "woorden die er niet staan"
    remove_paragraph(paragraphs_of(whole(desk))[2], desk.writer)
    return session().get_one(Contribution, found.contribution_id)
