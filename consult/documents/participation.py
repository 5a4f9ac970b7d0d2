"""The participation report: who was involved and how, what came in, what was done with it, and what was learned.

Omgevingsbesluit 10.7 (and 10.2, 10.8) asks how residents, businesses, civil-society organisations and authorities
were involved, what came of it, and how the authority's own participation policy was followed (L09). Once there is
one, it takes over the public evaluation of the round.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from consult.contributions.models import State
from consult.director.accountability.models import RoleReview
from consult.director.accountability.queries import find_public_review
from consult.director.accountability.rules import response_pct
from consult.documents.models import PaperKind
from consult.documents.paper import Block, Document, Heading, Paragraph, Part, Table, cells, plain, said
from consult.documents.queries import Taken, count_taken, find_public_texts
from consult.documents.telling import Telling, areas, channels, document, mandate
from consult.foundation.language import exact, number, short_day
from consult.foundation.language import gettext as _
from consult.intake.queries import count_channels
from consult.mandates.queries import find_note, list_preconditions, list_principles
from consult.moderation.account import Sums, sum_up
from consult.participants.models import OrganisationKind
from consult.review import rules as formal
from consult.review.queries import is_note_public, list_all_views
from consult.rounds.models import Round
from consult.rounds.queries import find_authority
from consult.synthesis.models import OutcomeKind
from consult.voting.results import PollResult, results_of

BUSINESSES = {OrganisationKind.BUSINESS, OrganisationKind.COOPERATIVE}
AUTHORITIES = {OrganisationKind.AUTHORITY}


def compose(subject: Round, telling: Telling) -> Document:
    """Return the participation report of a round over what is public."""
    taken, texts = count_taken(subject.id), find_public_texts(subject.id, PaperKind.PARTICIPATION)
    review = find_public_review(subject.id)
    parts = [
        mandate(subject, list_preconditions(subject.id)),
        _who(taken, subject, telling, texts.get("involved", "")),
        _said(subject, taken, telling),
        _votes(results_of(subject)),
        _done(taken, subject),
        _policy(subject, texts.get("policy", "")),
        _looked_back(review, subject),
        _learned(texts.get("evaluation", ""), review),
    ]
    closed = [phase.closed_at for phase in subject.phases if phase.closed_at is not None]
    at = max(closed) if closed else subject.created_at
    title, version = _("Participation report"), _("Participation report")
    told: dict[str, Any] = {"at": at, "version": version}
    return document(
        subject, title, _("Who took part, and what was done with it"), [p for p in parts if p.blocks], **told
    )


def _who(taken: Taken, subject: Round, telling: Telling, involved: str) -> Part:
    groups = {
        _("Businesses"): [name for kind, name in taken.bodies if kind in BUSINESSES],
        _("Civil-society organisations"): [n for k, n in taken.bodies if k not in BUSINESSES | AUTHORITIES],
        _("Other authorities"): [name for kind, name in taken.bodies if kind in AUTHORITIES],
    }
    people = number(taken.people) if taken.people >= telling.least else _("fewer than %(n)s", n=telling.least)
    rows = [cells(_("Residents"), people, _("by name or pseudonym, each counted once"))]
    rows += [cells(group, number(len(names)), "; ".join(names) or _("none")) for group, names in groups.items()]
    head = (_("Group"), _("How many"), _("Who"))
    blocks: list[Block] = [*said(involved)]
    blocks.append(Table(_("Who brought something in"), head, tuple(rows), figures=(1,), widths=(4, 2, 7)))
    checked = _("How it was checked who takes part: %(checked)s.", checked=subject.verification.words)
    blocks.append(Paragraph(plain(checked), "small"))
    return Part(_("Who took part"), (*blocks, *areas(taken.areas, telling.least)))


def _said(subject: Round, taken: Taken, telling: Telling) -> Part:
    counted: dict[str, int] = {}
    for (channel, state), count in count_channels(subject.id).items():
        if state is State.PUBLISHED:
            counted[channel.words] = counted.get(channel.words, 0) + count
    told = _(
        "%(proposals)s proposals are public, with %(arguments)s arguments under them. Every way in counts the same.",
        proposals=number(taken.proposals),
        arguments=number(taken.arguments),
    )
    ways = channels(counted.items(), telling.least, _("By which way the contributions came in"))
    return Part(_("What came in"), (Paragraph(plain(told)), *ways, *_moderated(sum_up(subject.id))))


def _moderated(sums: Sequence[Sums]) -> list[Block]:
    rows = tuple(
        cells(one.ground.words, number(one.refused), number(one.redacted), number(one.appeals), number(one.granted))
        for one in sums
        if one.refused or one.redacted or one.appeals
    )
    if not rows:
        return [Paragraph(plain(_("Nothing was refused, and no part of a text was taken away.")))]
    head = (_("Ground"), _("Refused"), _("Part taken away"), _("Objections"), _("Undone"))
    words = _("What was refused, or of which a part was taken away. An opinion is never a ground.")
    return [Table(words, head, rows, figures=(1, 2, 3, 4), widths=(4, 3, 4, 3, 4))]


def _votes(results: Sequence[PollResult]) -> Part:
    rows = tuple(
        cells(
            result.title,
            number(result.ballots or 0),
            number(result.eligible) if result.eligible else _("not known"),
            number(len(result.options)),
        )
        for result in results
        if result.final
    )
    if not rows:
        return Part(_("The votes"), ())
    head = (_("Poll"), _("People who voted"), _("Who could"), _("Options"))
    advice = _("A vote is advice: the council decides. Every result stands on the page of results.")
    table = Table(_("Polls that are closed"), head, rows, figures=(1, 2, 3), widths=(6, 3, 3, 2))
    return Part(_("The votes"), (table, Paragraph(plain(advice), "small")))


def _done(taken: Taken, subject: Round) -> Part:
    counts = {**{kind: taken.answers.get(kind, 0) for kind in OutcomeKind}, OutcomeKind.MERGED: taken.merged}
    answered = sum(counts.values())
    rows = [cells(kind.words.capitalize(), number(count)) for kind, count in counts.items() if count]
    rows.append(cells(_("No public answer yet"), number(max(0, taken.proposals - answered))))
    table = Table(
        _("What became of the proposals"), (_("Answer"), _("Proposals")), tuple(rows), figures=(1,), widths=(5, 2)
    )
    state = "" if subject.is_decided else _("These answers are provisional until the council decides.")
    blocks: list[Block] = [table]
    if state and answered:
        blocks.append(Paragraph(plain(state), "small"))
    if is_note_public(subject.id):
        views = [view for view in list_all_views(subject.id) if view.note_id is not None]
        counted = formal.figures(views)
        told = _(
            "%(views)s formal views came in, with %(points)s points; %(changes)s of these changed the "
            "draft. The response note answers each.",
            views=number(counted.received),
            points=number(counted.points),
            changes=number(counted.changes),
        )
        blocks += [Heading(2, _("Formal views")), Paragraph(plain(told))]
    return Part(_("What was done with it"), tuple(blocks))


def _policy(subject: Round, typed: str) -> Part:
    authority = find_authority()
    blocks: list[Block] = [*said(typed)]
    if authority is not None and authority.ordinance:
        day = short_day(authority.ordinance_on) if authority.ordinance_on is not None else ""
        parts = [authority.ordinance, _("adopted on %(day)s", day=day) if day else "", authority.ordinance_url]
        told = ", ".join(one for one in parts if one)
        words = _("Our own participation policy is laid down in: %(ordinance)s.", ordinance=told)
        blocks.insert(0, Paragraph(plain(words)))
    return Part(_("How our participation policy was followed"), tuple(blocks))


def _looked_back(review: RoleReview | None, subject: Round) -> Part:
    """Take over the public evaluation of the round: the role chosen beforehand, principles, and the survey."""
    title = _("How this round went")
    if review is None:
        return Part(title, ())
    if review.withheld is not None:
        told = _("This evaluation was made, and is not public. Ground: %(ground)s.", ground=review.withheld.words)
        return Part(title, (Paragraph(plain(told)), *said(review.withheld_because)))
    note, scores = find_note(subject.id), {one.principle_id: one for one in review.scores}
    chosen = note.rung.words if note is not None and note.rung is not None else _("nothing was written down")
    role = Table(
        _("What was chosen, and what happened"),
        (_("Moment"), _("Role")),
        (cells(_("Chosen beforehand"), chosen), cells(_("What happened"), review.happened.words)),
        widths=(2, 5),
    )
    kept = tuple(
        cells(f"{one.code}: {one.text}", number(found.score), found.words)
        for one in list_principles(subject.id)
        if (found := scores.get(one.id)) is not None
    )
    head, words = (_("Principle"), _("Score, of 5"), _("Why")), _("How far we kept to our principles")
    principles = [Table(words, head, kept, figures=(1,), widths=(5, 2, 6))] if kept else []
    return Part(title, (role, *said(review.compared), *principles, *_surveyed(review)))


def _surveyed(review: RoleReview) -> list[Block]:
    blocks: list[Block] = []
    if review.sent and review.responses is not None:
        told = {"sent": number(review.sent), "responses": number(review.responses)}
        share = f"{exact(response_pct(review.sent, review.responses) or Decimal())} %"
        words = _("We asked %(sent)s people; %(responses)s answered (%(pct)s).", pct=share, **told)
        blocks.append(Paragraph(plain(words)))
    if review.survey:
        marks = tuple(cells(asked, exact(Decimal(mark))) for asked, mark in review.survey.items())
        head = (_("What was asked"), _("Mark"))
        blocks.append(Table(_("Average marks, from 1 to 10"), head, marks, figures=(1,), widths=(5, 1)))
    return [Heading(2, _("What people said afterwards")), *blocks] if blocks else []


def _learned(typed: str, review: RoleReview | None) -> Part:
    lessons = review.lessons if review is not None and review.withheld is None else ""
    return Part(_("What we learned"), (*said(typed), *said(lessons)))
