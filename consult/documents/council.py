"""The council file: what the council is asked, within which bounds, and every document that belongs to it, in one."""

from collections.abc import Callable, Sequence
from typing import Any

from consult.decisions.models import Commitment, Decision
from consult.decisions.queries import list_commitments, list_decisions, list_promised
from consult.decisions.rules import is_supported, least_wanted, most_wanted
from consult.documents import drafted, noted, participation, reported
from consult.documents.models import PaperKind
from consult.documents.paper import (
    Block,
    Bullets,
    Document,
    Heading,
    Paragraph,
    Part,
    Table,
    cells,
    plain,
    raised,
    said,
)
from consult.documents.queries import find_public_texts
from consult.documents.telling import Telling, document, mandate
from consult.foundation.errors import NotFound
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.language import number, short_day
from consult.mandates.queries import list_preconditions
from consult.rounds.models import Round
from consult.voting.results import OptionResult, is_reached, quorum_words, results_of

Bundled = tuple[str, Document]
WOO = "2c"  # the category of the Open Government Act (Woo 3.3) under which council papers fall


def compose(subject: Round, telling: Telling) -> Document:
    """Return the council file of a round: the proposal, and in it every document that is public by now.

    What is not there yet is named as missing. Raises NotFound where the round has no published draft.
    """
    draft = drafted.compose(subject, telling)
    found = [(_("Policy draft"), draft), *_others(subject, telling)]
    decided, promised = list_decisions(subject.id), list_commitments(subject.id)
    asked = list_promised(subject.id, subject.decided_at) if subject.decided_at is not None else promised
    texts = find_public_texts(subject.id, PaperKind.COUNCIL)
    more = (_promised(subject, promised), drafted.changes(subject, telling), _dissent(subject))
    parts = [
        _decisions(texts, asked),
        mandate(subject, list_preconditions(subject.id)),
        *(_decided(one) for one in decided),
        *(one for one in more if one is not None),
        _contents(found),
        *(raised(_own(one), f"{name}: {one.title}" if one.title != name else name) for name, one in found),
    ]
    day = max([one.day for _name, one in found] + [one.decided_on for one in decided])
    facts = [(_("Open government category"), _("%(code)s, papers of the council", code=WOO))]
    told: dict[str, Any] = {"at": day, "version": _("Council file"), "facts": facts}
    return document(subject, _("Council file"), draft.title, parts, **told)


def _own(found: Document) -> list[Part]:
    """Return the parts of a document without the mandate, which the file tells once."""
    return [part for part in found.parts if part.anchor != "asked"]


def _others(subject: Round, telling: Telling) -> list[Bundled]:
    papers: list[tuple[str, Callable[[], Document]]] = [
        (_("Synthesis report"), lambda: reported.compose(subject, telling, is_published=True)),
        (_("Response note"), lambda: noted.compose(subject, telling)),
        (_("Participation report"), lambda: participation.compose(subject, telling)),
    ]
    there: list[Bundled] = []
    for name, make in papers:
        try:
            there.append((name, make()))
        except NotFound:
            continue
    return there


def _decisions(texts: dict[str, str], commitments: Sequence[Commitment]) -> Part:
    asked = [line.strip(" -•") for line in texts.get("decisions", "").splitlines() if line.strip(" -•")]
    blocks: list[Block] = []
    if asked:
        blocks += [Paragraph(plain(_("The council is asked to decide:"))), _items(asked, ordered=True)]
    else:
        blocks.append(Paragraph(plain(_("Which decisions are asked was not published yet."))))
    blocks += _typed(_("Why we propose this"), texts.get("proposal", ""))
    blocks += _typed(_("What it costs"), texts.get("finance", ""))
    promised = [line.strip(" -•") for line in texts.get("commitments", "").splitlines() if line.strip(" -•")]
    promised += [_promise(one) for one in commitments]
    if promised:
        blocks += [Heading(2, _("What we promised")), _items(promised)]
    return Part(_("What the council is asked"), tuple(blocks))


def _promise(one: Commitment) -> str:
    """Tell something that the board promised, in one line, whatever came of it since."""
    told = {"text": one.text.rstrip("."), "keeper": one.keeper, "day": short_day(one.due_on)}
    return _("%(text)s (%(keeper)s, by %(day)s)", **told)


def _promised(subject: Round, found: Sequence[Commitment]) -> Part | None:
    """Tell every promise as it stands now and what came of it; None where that says no more than what was asked."""
    if not found or (not subject.is_decided and all(one.is_open for one in found)):
        return None
    rows = tuple(cells(_promise(one), short_day(one.made_on), _became(one)) for one in found)
    head = (_("Promise"), _("Promised on"), _("What came of it"))
    return Part(_("What became of the promises"), (Table(_("Promises of the board"), head, rows, widths=(7, 3, 7)),))


def _became(one: Commitment) -> str:
    if one.settled_at is None:
        return _("still to be kept")
    words = _("kept on %(day)s") if one.is_kept else _("taken back on %(day)s")
    return f"{words % {'day': short_day(one.settled_at)}}: {one.result}"


def _decided(one: Decision) -> Part:
    """Tell a decision: what came out, about which version, and every amendment."""
    rows = [
        (_("Day"), say_day(one.decided_on)),
        (_("Outcome"), one.result.words),
        (_("About"), _("version %(number)s", number=one.draft.number)),
        (_("Number in the file of the council"), one.number),
        (_("Votes"), one.votes),
        (_("Reason"), one.reason),
        (_("What is in force"), _("version %(number)s", number=one.amended.number) if one.amended else ""),
    ]
    told = tuple(cells(name, value) for name, value in rows if value)
    caption = _("Decision of %(day)s", day=say_day(one.decided_on))
    blocks: list[Block] = [Table(caption, (_("Item"), _("Decision")), told, widths=(5, 12))]
    for amendment in one.amendments:
        blocks.append(Heading(2, _("Amendment %(number)s", number=amendment.number)))
        blocks += said(amendment.text)
        blocks += [Paragraph(plain(_("Votes: %(votes)s", votes=amendment.votes)))] if amendment.votes else []
    return Part(_("What the council decided"), tuple(blocks))


def _dissent(subject: Round) -> Part | None:
    """Tell beside what most people want what many of them do not want; None where nobody voted on support."""
    blocks: list[Block] = []
    head = (_("Proposal"), _("For"), _("Neutral"), _("Against"))
    for poll in results_of(subject):
        if is_supported(poll) and poll.outcomes and not is_reached(poll.outcomes[0]):
            blocks.append(Paragraph(plain(f"{poll.title} {quorum_words(poll.outcomes[0])}")))
        kinds = ((_("Most people are for"), most_wanted), (_("The largest share is against"), least_wanted))
        for words, choose in kinds if is_supported(poll) else ():
            rows = tuple(cells(one.title, *_counts(one)) for one in choose(poll))
            if rows:
                blocks.append(Table(f"{poll.title} {words}", head, rows, figures=(1, 2, 3), widths=(8, 2, 2, 2)))
    return Part(_("Support and dissent"), tuple(blocks)) if blocks else None


def _counts(option: OptionResult) -> list[str]:
    return [number(option.votes.get(name, 0)) for name in ("for", "neutral", "against")]


def _typed(title: str, text: str) -> list[Block]:
    return [Heading(2, title), *said(text)] if text.strip() else []


def _items(texts: Sequence[str], *, ordered: bool = False) -> Bullets:
    return Bullets(tuple(plain(text) for text in texts), ordered)


def _contents(found: Sequence[Bundled]) -> Part:
    rows = tuple(cells(name, one.version, say_day(one.day), one.content_hash[:16]) for name, one in found)
    head = (_("Document"), _("Version"), _("Date"), _("Check code"))
    named = {name for name, _one in found}
    missing = [n for n in (_("Synthesis report"), _("Response note"), _("Participation report")) if n not in named]
    blocks: list[Block] = [Table(_("What this file holds"), head, rows, widths=(4, 5, 4, 4))]
    if missing:
        blocks.append(Paragraph(plain(_("Not published yet: %(names)s.", names=", ".join(missing)))))
    codes = _("The check code is the beginning of the SHA-256 over the content: the same code means the same text.")
    return Part(_("What belongs to this file"), (*blocks, Paragraph(plain(codes), "small")))
