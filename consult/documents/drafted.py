"""The policy draft as a document: its sections, and under each paragraph where it comes from."""

from collections.abc import Sequence
from typing import Any

from consult.decisions.queries import find_final
from consult.documents.paper import Block, Document, Note, Paragraph, Part, Run, Table, Words, plain, read
from consult.documents.telling import Telling, document, fixed, source, thought, vote
from consult.foundation.errors import NotFound
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.mandates.queries import list_preconditions
from consult.rounds.models import Round
from consult.synthesis.comparing import ChangeKind, Piece, compared
from consult.synthesis.drafts import get_draft, list_drafts
from consult.synthesis.models import Draft, DraftState, SourceLink
from consult.synthesis.models import Paragraph as Written
from consult.synthesis.rules import advice_of, passage_of


def compose(subject: Round, telling: Telling) -> Document:
    """Return the newest published version of the draft of a round; raises NotFound where there is none."""
    draft = newest(subject, telling)
    state = _state(draft, subject)
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


def _state(draft: Draft, subject: Round) -> str:
    """Say of a version that it is provisional, or what was decided about it and when."""
    if not subject.is_decided:
        return _("provisional until the council decides")
    decision = find_final(subject.id)
    if decision is None or draft.id not in {decision.draft_id, decision.amended_id}:
        return ""
    return f"{decision.result.words}, {say_day(decision.decided_on)}"


def changes(subject: Round, telling: Telling) -> Part | None:
    """Return what became otherwise in the newest published version since the one before; None when no words did."""
    public = _published(subject, telling)
    if len(public) < 2:
        return None
    newer, older = (get_draft(telling.actor, subject.slug, one.number) for one in public[:2])
    rows = tuple(
        (plain(one.section), _marked(one.was, "removed"), _marked(one.now, "added"))
        for one in compared(older, newer)
        if one.kind is not ChangeKind.SAME
    )
    numbers = {"older": older.number, "newer": newer.number}
    how = _("Words that went or came stand in bold.")
    caption = _("From version %(older)s to version %(newer)s", **numbers)
    head = (_("Section"), _("It said"), _("It says"))
    if not rows:
        return None
    table = Table(caption, head, rows, widths=(4, 7, 7))
    return Part(_("What changed in the draft"), (table, Paragraph(plain(how), "small")))


def _marked(pieces: Sequence[Piece], kind: str) -> Words:
    """Return words as a document shows them, those of one kind in bold; a dash where there are none."""
    return tuple(Run(text, strong=one == kind) for one, text in pieces) or plain("–")


def newest(subject: Round, telling: Telling) -> Draft:
    """Return the newest published version with all that is in it; raises NotFound."""
    public = _published(subject, telling)
    if not public:
        raise NotFound
    return get_draft(telling.actor, subject.slug, public[0].number)


def _published(subject: Round, telling: Telling) -> list[Draft]:
    return [one for one in list_drafts(telling.actor, subject.id) if one.state is DraftState.PUBLISHED]


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


def _paragraph(paragraph: Written, subject: Round, telling: Telling) -> list[Block]:
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
        if link.statement_result is not None:
            return (True, "", link.statement_result.contribution.public_id)
        if link.vote_result is not None:
            return (True, "", link.vote_result.contribution.public_id)
        if link.advice is not None:
            return (True, "", advice_of(link.advice))
        return (True, rule.code if rule is not None else "", "")

    return sorted(links, key=place)


def _source(link: SourceLink, subject: Round, telling: Telling) -> Words:
    how = ": ".join(part for part in (link.use.words, link.note) if part)
    if link.contribution is not None:
        words = passage_of(link, link.contribution)
        return source(telling, subject, link.contribution, "; ".join([how, *([str(words)] if words else [])]))
    if link.statement_result is not None:
        return thought(telling, subject, link.statement_result, how)
    if link.vote_result is not None:
        return vote(telling, subject, link.vote_result, how)
    if link.advice is not None:
        return plain(f"{advice_of(link.advice)} ({how})")
    rule = link.precondition
    return plain(f"{rule.code} {rule.title} ({_('fixed')})") if rule is not None else ()
