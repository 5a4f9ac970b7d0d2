"""Builders of published versions of a draft and of what people said of them."""

from consult.contributions.models import Contribution, Kind
from consult.foundation.anchors import quote_in
from consult.foundation.db import session
from consult.foundation.text import plain, sanitize
from consult.participants.models import Person
from consult.policy import Actor
from consult.remarks.queries import get_read_paragraph
from consult.remarks.verbs import add_remark
from consult.rounds.models import PhaseKind
from consult.synthesis import releasing, verbs
from consult.synthesis.drafts import find_newest
from consult.synthesis.models import Draft, Paragraph, Section, SourceLink
from consult.synthesis.rules import suggested
from tests.builders import a_moderator_of, a_resident, a_round, acting, the_platform
from tests.synthesis.builders import Desk, published

BENCHES = "De gemeente zet bankjes bij de winkels en bij de vijver. Ouderen kunnen daar onderweg rusten."
STREETS = "Woonstraten worden 30-zones. De stoepen op de routes naar school worden breder."
BOATS = "In de haven blijft plaats voor kleine boten, ook voor wie hier op bezoek komt."


def a_drafting_desk(*, holds_first: bool = False) -> Desk:
    """A round in which the draft is being written, with two people who moderate it."""
    found = a_round(phases=[PhaseKind.DRAFT], holds_first=holds_first)
    return Desk(found, a_moderator_of(found), a_moderator_of(found))


def a_published_draft(desk: Desk, *texts: str) -> Draft:
    """The first version, published, of one section with these paragraphs, each marked as editorial."""
    draft = releasing.begin_draft(desk.round, "Visie op de wijken", desk.writer)
    section = verbs.add_section(draft, "Groen en water", desk.writer)
    for text in texts or (BENCHES, STREETS, BOATS):
        verbs.add_paragraph(section, desk.writer, text=text, html=sanitize(text), is_editorial=True)
    return published(desk, draft)


def the_next(desk: Desk, *texts: str | None) -> Draft:
    """The next version, published, in which these are what the paragraphs say; None takes one out."""
    being_written(desk, *texts)
    return published(desk, whole(desk))


def being_written(desk: Desk, *texts: str | None) -> Draft:
    """The same, not submitted yet."""
    releasing.begin_next_version(whole(desk), desk.writer)
    for paragraph, text in zip(paragraphs_of(whole(desk)), texts, strict=False):
        if text is None:
            verbs.remove_paragraph(paragraph, desk.writer)
        elif text != paragraph.text:
            told = {"text": text, "html": sanitize(text), "is_editorial": True, "version": paragraph.version}
            verbs.edit_paragraph(paragraph, desk.writer, **told)
    return whole(desk)


def whole(desk: Desk) -> Draft:
    """The newest version with all that is in it, read anew."""
    session().flush()
    for known in list(session()):
        if isinstance(known, Draft | Section | Paragraph | SourceLink):
            session().expire(known)
    found = find_newest(desk.round.id)
    assert found is not None
    for section in found.sections:
        for _paragraph in section.paragraphs:
            assert section.draft is found
    return found


def paragraphs_of(draft: Draft) -> list[Paragraph]:
    """The paragraphs of a version in their order."""
    return [paragraph for section in draft.sections for paragraph in section.paragraphs]


def read(desk: Desk, place: int = 0, number: int = 0) -> Paragraph:
    """A paragraph as somebody reads it who wants to react; of the newest version unless a number is given."""
    draft = whole(desk)
    stable_id = paragraphs_of(draft)[place].stable_id
    return get_read_paragraph(the_platform(), desk.round.slug, number or draft.number, stable_id)


def a_remark(
    desk: Desk,
    quote: str = "",
    *,
    place: int = 0,
    text: str = "Dat is een goed idee.",
    wording: str | None = None,
    person: Person | None = None,
    actor: Actor | None = None,
) -> Contribution:
    """What a resident says of a paragraph of the newest version, or with `wording` a suggestion for it."""
    about = read(desk, place)
    said = text if wording is None else suggested(wording, text)
    return add_remark(
        about,
        actor or acting(person or a_resident()),
        Kind.REMARK if wording is None else Kind.SUGGESTION,
        text=said,
        html=sanitize(said),
        quote=quote_in(plain(about.html), quote) if quote else None,
    )
