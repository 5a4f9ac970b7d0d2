"""The policy draft as a document: its sections, and under each paragraph where it comes from."""

from collections.abc import Sequence
from typing import Any

from consult.documents.paper import Block, Document, Note, Part, Words, plain, read
from consult.documents.telling import Telling, document, fixed, source
from consult.foundation.errors import NotFound
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.mandates.queries import list_preconditions
from consult.rounds.models import Round
from consult.synthesis.drafts import get_draft, list_drafts
from consult.synthesis.models import Draft, DraftState, Paragraph, SourceLink


def compose(subject: Round, telling: Telling) -> Document:
    """Return the newest published version of the draft of a round; raises NotFound where there is none."""
    draft = newest(subject, telling)
    state = "" if subject.is_decided else _("provisional until the council decides")
    number = _("version %(number)s", number=draft.number)
    facts = [(_("Version"), str(draft.number)), (_("Published"), _day(draft)), (_("State"), state)]
    rules = list_preconditions(subject.id)
    more = [Part(_("What was fixed beforehand"), tuple(fixed(rules)))] if rules else []
    told: dict[str, Any] = {
        "at": draft.published_at or draft.begun_at,
        "version": f"{_('Policy draft')}, {number}",
        "facts": facts,
    }
    return document(subject, draft.title, f"{_('Policy draft')}, {number}", [*sections(draft, telling), *more], **told)


def newest(subject: Round, telling: Telling) -> Draft:
    """Return the newest published version with all that is in it; raises NotFound."""
    public = [one for one in list_drafts(telling.actor, subject.id) if one.state is DraftState.PUBLISHED]
    if not public:
        raise NotFound
    return get_draft(telling.actor, subject.slug, public[0].number)


def _day(draft: Draft) -> str:
    return say_day(draft.published_at) if draft.published_at is not None else ""


def sections(draft: Draft, telling: Telling) -> list[Part]:
    """Return the sections of a draft, each paragraph with its sources."""
    return [
        Part(
            section.title,
            tuple(block for paragraph in section.paragraphs for block in _paragraph(paragraph, draft.round, telling)),
            section.anchor,
        )
        for section in draft.sections
    ]


def _paragraph(paragraph: Paragraph, subject: Round, telling: Telling) -> list[Block]:
    told = read(paragraph.html)
    if paragraph.is_editorial:
        return [*told, Note(_("Source"), (plain(_("no source: editorial")),))]
    links = _ordered(paragraph.sources)
    if not links:
        return told
    return [*told, Note(_("Sources"), tuple(_source(link, subject, telling) for link in links))]


def _ordered(links: Sequence[SourceLink]) -> list[SourceLink]:
    """Return sources in an order of their own: contributions by their number, then what is fixed by its code."""

    def place(link: SourceLink) -> tuple[bool, str, str]:
        one, rule = link.contribution, link.precondition
        if one is not None:
            return (False, one.reference, one.public_id)
        return (True, rule.code if rule is not None else "", "")

    return sorted(links, key=place)


def _source(link: SourceLink, subject: Round, telling: Telling) -> Words:
    how = ": ".join(part for part in (link.use.words, link.note) if part)
    if link.contribution is not None:
        return source(telling, subject, link.contribution, how)
    rule = link.precondition
    return plain(f"{rule.code} {rule.title} ({_('fixed')})") if rule is not None else ()
