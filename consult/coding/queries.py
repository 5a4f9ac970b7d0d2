"""Finding codes, coded passages and suggestions, and saying who may see which codes."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased, contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consult.coding.models import Code, Double, Passage, Suggested, Suggestion
from consult.coding.passages import anchored
from consult.coding.rules import Shown
from consult.contributions.models import PUT_FORWARD, Contribution, State
from consult.contributions.queries import get_contribution
from consult.foundation.anchors import Quote
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.language import gettext as _
from consult.foundation.text import plain
from consult.policy import Actor
from consult.rounds.models import Theme

GROWN = 4  # suggestions are looked for anew when a quarter more inputs were coded


@dataclass(frozen=True)
class Coded:
    """A code that counts, with the passages of the text that it is about; without one it is about the whole."""

    code: Code
    passages: Sequence[Passage] = ()


def get_input(actor: Actor, slug: str, public_id: str) -> Contribution:
    """Return a contribution of a round, loaded as `get_contribution`; raises NotFound while it is not public."""
    found = get_contribution(actor, slug, public_id)
    if not found.is_public:
        raise NotFound
    return found


def get_themes(round_id: uuid.UUID, codes: Sequence[str]) -> list[Theme]:
    """Return the themes of a round with these codes; raises Conflict when one is not a theme of the round."""
    wanted = select(Theme).where(Theme.round_id == round_id, Theme.code.in_(codes)).order_by(Theme.position)
    found = list(session().scalars(wanted))
    if len(found) != len(set(codes)):
        raise Conflict(_("One of these themes does not belong to this round. Open the page again."))
    return found


def seen_by(viewer: Actor | None) -> ColumnElement[bool]:
    """Say which codes somebody may see; for nobody in particular, which are public.

    While an input waits for its second coding, who is to give that does not see the first one, and nor does
    the public, where anybody could look it up. Everybody else who serves the round goes on with their work.
    """
    if viewer is not None and viewer.is_system:
        return true()
    waits = (Double.contribution_id == Code.contribution_id, Double.coded_at.is_(None))
    blind = select(Double.id).where(*waits)
    if viewer is not None and (served := [one for one, held in viewer.duties.items() if held]):
        blind = blind.where(or_(Double.person_id == viewer.person_id, Double.round_id.not_in(served)))
    return ~blind.correlate(Code).exists()


def is_coded() -> ColumnElement[bool]:
    """Say which contributions have a code that counts."""
    return _counting().correlate(Contribution).exists()


def is_about(theme: str, viewer: Actor | None) -> ColumnElement[bool]:
    """Say which contributions somebody sees under the theme with this code."""
    about = _counting().join(Theme, Theme.id == Code.theme_id).where(Theme.code == theme, seen_by(viewer))
    return about.correlate(Contribution).exists()


def _counting() -> Select[uuid.UUID]:
    return select(Code.id).where(Code.contribution_id == Contribution.id, Code.ended_at.is_(None))


def list_codes(contribution_ids: Sequence[uuid.UUID]) -> list[Code]:
    """List the codes that count now of some contributions, with their themes; for acts, not for eyes."""
    return [one.code for one in _list_coded(contribution_ids, true())]


def list_coded(contribution_ids: Sequence[uuid.UUID], viewer: Actor | None) -> list[Coded]:
    """List, in one statement, the codes that somebody may see of some contributions, with themes and passages."""
    return _list_coded(contribution_ids, seen_by(viewer))


def _list_coded(contribution_ids: Sequence[uuid.UUID], which: ColumnElement[bool]) -> list[Coded]:
    wanted = (
        select(Code, Passage)
        .join(Code.theme)
        .outerjoin(Passage, and_(Passage.ended_at.is_(None), _of_code()))
        .where(Code.contribution_id.in_(contribution_ids), Code.ended_at.is_(None), which)
        .options(contains_eager(Code.theme))
        .order_by(Theme.position, Theme.id, Code.contribution_id, Passage.start, Passage.id)
    )
    found: dict[uuid.UUID, tuple[Code, list[Passage]]] = {}
    for code, passage in session().execute(wanted):
        held = found.setdefault(code.id, (code, []))
        if passage is not None:
            set_committed_value(passage, "theme", code.theme)
            held[1].append(passage)
    return [Coded(code, held) for code, held in found.values()]


def _of_code() -> ColumnElement[bool]:
    """Say which passages belong to a code: those that were added while it counted."""
    same = (Passage.contribution_id == Code.contribution_id, Passage.theme_id == Code.theme_id)
    return and_(*same, Passage.coded_at >= Code.coded_at)


def shown_passages(contribution: Contribution, coded: Sequence[Coded]) -> list[Shown]:
    """Return the passages of some codes of a contribution as they stand in its present text, in its order."""
    text = plain(contribution.html)
    shown = [_shown(passage, text) for one in coded for passage in one.passages]
    return sorted(shown, key=lambda one: (not one.words, one.anchor.start, one.theme.position))


def _shown(passage: Passage, text: str) -> Shown:
    anchor = anchored(text, quote_of(passage))
    told = {"words": text[anchor.start : anchor.end], "quote": passage.quote}
    return Shown(passage.id, passage.theme, anchor, **told, coded_by_id=passage.coded_by_id)


def quote_of(passage: Passage) -> Quote:
    """Return what a passage keeps of the text in which it was coded."""
    return Quote(passage.quote, passage.prefix, passage.suffix, passage.start)


def get_passage(actor: Actor, slug: str, public_id: str, passage_id: uuid.UUID) -> Passage:
    """Return a passage that counts, with its contribution; raises NotFound otherwise."""
    contribution = get_input(actor, slug, public_id)
    wanted = (Passage.id == passage_id, Passage.contribution_id == contribution.id, Passage.ended_at.is_(None))
    found = session().scalar(select(Passage).where(*wanted).options(joinedload(Passage.theme)))
    if found is None:
        raise NotFound
    set_committed_value(found, "contribution", contribution)
    return found


def list_passages(contribution_id: uuid.UUID) -> list[Passage]:
    """List every passage that was ever coded of a contribution."""
    return list(session().scalars(select(Passage).where(Passage.contribution_id == contribution_id)))


def has_passages(contribution_id: uuid.UUID, theme_id: uuid.UUID) -> bool:
    """Say whether a theme is given to a passage of a contribution."""
    own = (Code.contribution_id == contribution_id, Code.theme_id == theme_id, Code.ended_at.is_(None))
    wanted = select(Passage.id).join(Code, _of_code()).where(*own, Passage.ended_at.is_(None))
    return session().scalar(wanted.limit(1)) is not None


# --- the inputs that are coded ---


def is_coded_input(round_id: uuid.UUID) -> ColumnElement[bool]:
    """Say which contributions of a round count as coded: public, put forward, not merged, with a code."""
    return and_(
        Contribution.round_id == round_id,
        Contribution.state == State.PUBLISHED,
        Contribution.kind.in_(sorted(PUT_FORWARD)),
        Contribution.merged_into_id.is_(None),
        is_coded(),
    )


def find_double(contribution_id: uuid.UUID) -> Double | None:
    """Find the second coding of a contribution, done or not, where it is in the sample."""
    return session().scalar(select(Double).where(Double.contribution_id == contribution_id))


def is_blind(viewer: Actor | None) -> ColumnElement[bool]:
    """Say which contributions somebody is to code a second time before they see how each was coded."""
    waits = (Double.contribution_id == Contribution.id, Double.coded_at.is_(None))
    theirs = select(Double.id).where(*waits, Double.person_id == (viewer.person_id if viewer is not None else None))
    return theirs.correlate(Contribution).exists()


def list_blind(person_id: uuid.UUID | None, round_id: uuid.UUID) -> set[uuid.UUID]:
    """List the contributions of a round of which somebody may not know the first coding yet."""
    waits = (Double.round_id == round_id, Double.person_id == person_id, Double.coded_at.is_(None))
    return set(session().scalars(select(Double.contribution_id).where(*waits)))


def list_awaiting(round_id: uuid.UUID) -> set[uuid.UUID]:
    """List the contributions of a round whose second coding did not come yet, whoever is to give it."""
    waits = (Double.round_id == round_id, Double.coded_at.is_(None))
    return set(session().scalars(select(Double.contribution_id).where(*waits)))


# --- suggestions ---


def is_suggested() -> ColumnElement[bool]:
    """Say which contributions have a suggestion on which nobody decided."""
    wanted = select(Suggestion.id).where(Suggestion.contribution_id == Contribution.id, _is_open())
    return wanted.correlate(Contribution).exists()


def _is_open() -> ColumnElement[bool]:
    same = select(Code.id).where(
        Code.contribution_id == Suggestion.contribution_id,
        Code.theme_id == Suggestion.theme_id,
        Code.ended_at.is_(None),
    )
    retired = select(Theme.id).where(Theme.id == Suggestion.theme_id, Theme.retired_at.is_not(None))
    undecided = and_(Suggestion.decided_at.is_(None), Suggestion.ended_at.is_(None))
    return and_(undecided, ~same.correlate(Suggestion).exists(), ~retired.correlate(Suggestion).exists())


def list_suggestions(contribution_id: uuid.UUID) -> list[tuple[Suggestion, bool]]:
    """List what was suggested for a contribution: what is open first, then what was decided, newest first.

    Each with whether it is open; what a later run replaced is left out.
    """
    is_open = case((_is_open(), True), else_=False)
    wanted = (
        select(Suggestion, is_open)
        .join(Suggestion.theme)
        .where(Suggestion.contribution_id == contribution_id, Suggestion.ended_at.is_(None))
        .options(contains_eager(Suggestion.theme))
        .order_by(Suggestion.decided_at.is_not(None), Suggestion.decided_at.desc(), Suggestion.score.desc())
    )
    return [(one, bool(stands)) for one, stands in session().execute(wanted)]


def list_named(public_ids: Sequence[str]) -> dict[str, Contribution]:
    """List contributions by their ids as text."""
    ids = [uuid.UUID(one) for one in public_ids]
    return {str(one.id): one for one in session().scalars(select(Contribution).where(Contribution.id.in_(ids)))}


def get_suggested(actor: Actor, slug: str, public_id: str, suggestion_id: uuid.UUID) -> Suggestion:
    """Return a suggestion for a public contribution, with its theme and contribution; raises NotFound otherwise."""
    contribution = get_input(actor, slug, public_id)
    wanted = (Suggestion.id == suggestion_id, Suggestion.contribution_id == contribution.id)
    found = session().scalar(select(Suggestion).where(*wanted).options(joinedload(Suggestion.theme)))
    if found is None:
        raise NotFound
    set_committed_value(found, "contribution", contribution)
    return found


def list_unsuggested(limit: int) -> list[tuple[Contribution, int]]:
    """List inputs without a code for which suggestions are due, each with how many inputs of its round are coded.

    Due is what was never looked at, what was edited since, and what was looked at when a quarter fewer inputs
    were coded; in a round where nothing is coded there is nothing to learn from.
    """
    other = aliased(Contribution)
    learnt = (
        select(other.round_id, func.count(func.distinct(other.id)).label("coded"))
        .join(Code, and_(Code.contribution_id == other.id, Code.ended_at.is_(None)))
        .where(other.state == State.PUBLISHED, other.kind.in_(sorted(PUT_FORWARD)))
        .group_by(other.round_id)
        .subquery()
    )
    wanted = (
        select(Contribution, learnt.c.coded)
        .join(learnt, learnt.c.round_id == Contribution.round_id)
        .outerjoin(Suggested, Suggested.contribution_id == Contribution.id)
        .where(
            Contribution.state == State.PUBLISHED,
            Contribution.kind.in_(sorted(PUT_FORWARD)),
            Contribution.merged_into_id.is_(None),
            ~is_coded(),
            or_(
                Suggested.contribution_id.is_(None),
                Suggested.version != Contribution.version,
                learnt.c.coded * GROWN > Suggested.coded * (GROWN + 1),
            ),
        )
        .order_by(Contribution.received_at, Contribution.id)
        .limit(limit)
    )
    return [(one, coded) for one, coded in session().execute(wanted)]


def themes_seen(contribution_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return the themes in use of contributions from which a machine may learn: none that wait for a second coding."""
    public = seen_by(None)
    wanted = select(Code.contribution_id, Code.theme_id).join(Theme, Theme.id == Code.theme_id)
    of_some = (Code.contribution_id.in_(contribution_ids), Code.ended_at.is_(None), Theme.retired_at.is_(None))
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for contribution_id, theme_id in session().execute(wanted.where(*of_some, public)):
        found[contribution_id].add(theme_id)
    return found


def list_rejected(contribution_id: uuid.UUID) -> set[uuid.UUID]:
    """List the themes that somebody said a contribution is not about."""
    said = (Suggestion.contribution_id == contribution_id, Suggestion.is_confirmed.is_(False))
    return set(session().scalars(select(Suggestion.theme_id).where(*said)))


def list_waiting(contribution_id: uuid.UUID) -> list[Suggestion]:
    """List the suggestions for a contribution on which nobody decided and that nothing replaced."""
    open_ = (Suggestion.decided_at.is_(None), Suggestion.ended_at.is_(None))
    return list(session().scalars(select(Suggestion).where(Suggestion.contribution_id == contribution_id, *open_)))
