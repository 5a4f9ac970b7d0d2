"""What a paragraph of a draft, or a finding of a report, can still rest on."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from consult.coding.queries import is_about, list_coded, shown_passages
from consult.coding.rules import Shown
from consult.contributions.models import Contribution, Kind, State
from consult.contributions.queries import matches_words, visible_to
from consult.field.models import AdviceRequest
from consult.field.queries import list_advice
from consult.foundation.anchors import Quote
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.landscape.queries import Thought, get_thought, list_thoughts
from consult.mandates.models import Precondition
from consult.mandates.queries import list_preconditions
from consult.policy import Actor
from consult.rounds.models import Round
from consult.synthesis.models import Paragraph
from consult.synthesis.queries import get_inputs
from consult.synthesis.telling import Standing, standings
from consult.voting.results import results_of

T = TypeVar("T")


def list_citable(actor: Actor, paragraph: Paragraph, words: str, theme: str, *, limit: int = 12) -> list[Contribution]:
    """List contributions that a paragraph can still rest on: public, not merged, not among its sources as a whole."""
    whole = [source for source in paragraph.sources if source.passage is None]
    used = [source.contribution_id for source in whole if source.contribution_id is not None]
    wanted = select(Contribution).where(
        Contribution.round_id == paragraph.round_id,
        Contribution.state == State.PUBLISHED,
        Contribution.merged_into_id.is_(None),
        Contribution.id.not_in(used),
        visible_to(actor),
    )
    if words:
        wanted = wanted.where(matches_words(words))
    if theme:
        wanted = wanted.where(is_about(theme, actor))
    ordered = wanted.order_by(Contribution.received_at, Contribution.reference, Contribution.id)
    return list(session().scalars(ordered.limit(limit)))


def list_passages_of(
    contributions: Sequence[Contribution], actor: Actor, paragraph: Paragraph
) -> dict[uuid.UUID, list[Shown]]:
    """List the coded passages of contributions that somebody may see, by contribution, as they stand in its text now.

    Each stretch of words once, and none that is gone or that the paragraph rests on already; one statement.
    """
    texts = {one.id: one for one in contributions}
    coded = defaultdict(list)
    for one in list_coded(list(texts), actor) if texts else ():
        coded[one.code.contribution_id].append(one)
    used = {(link.contribution_id, link.start) for link in paragraph.sources}
    found: dict[uuid.UUID, list[Shown]] = {}
    for of, codes in coded.items():
        stretches = {
            (one.anchor.start, one.anchor.end): one
            for one in shown_passages(texts[of], codes)
            if one.words and (of, one.anchor.start) not in used
        }
        found[of] = list(stretches.values())
    return found


def list_free(paragraph: Paragraph) -> list[Precondition]:
    """List the preconditions of the round that are not among the sources of a paragraph; its sources are loaded."""
    used = {source.precondition_id for source in paragraph.sources}
    return [rule for rule in list_preconditions(paragraph.round_id) if rule.id not in used]


def list_thoughts_for(paragraph: Paragraph, words: str, theme: str, *, limit: int = 12) -> list[Thought]:
    """List statements of which a paragraph can still cite what people thought, once that is final.

    Without words or a theme those that are shared or that divide most; its sources are loaded.
    """
    used = {one.statement_result.option_id for one in paragraph.sources if one.statement_result is not None}
    found = [one for one in list_thoughts(paragraph.round_id) if one.option_id not in used]
    if theme and found:
        about = select(Contribution.id).where(
            Contribution.round_id == paragraph.round_id, Contribution.kind == Kind.STATEMENT, is_about(theme, None)
        )
        known = set(session().scalars(about))
        found = [one for one in found if one.contribution_id in known]
    if words:
        found = [one for one in found if all(word in one.words.casefold() for word in words.casefold().split())]
    return [one for one in found if words or theme or one.is_listed][:limit]


def list_advice_for(paragraph: Paragraph, words: str = "") -> list[AdviceRequest]:
    """List the advice that was given in the round and that a paragraph can still cite; its sources are loaded."""
    used = {one.advice_id for one in paragraph.sources}
    given = [one for one in list_advice(paragraph.round_id) if one.answered_on is not None and one.id not in used]
    parts = words.casefold().split()
    return [one for one in given if all(part in f"{one.party.name} {one.question}".casefold() for part in parts)]


def list_standings_for(paragraph: Paragraph, words: str, theme: str, *, limit: int = 12) -> list[Standing]:
    """List options of polls of which a paragraph can still cite how they came out, once that is final.

    Of each poll what is selected comes first, then what most people chose; its sources and round are loaded.
    """
    subject = paragraph.section.draft.round
    used = {one.vote_result.option_id for one in paragraph.sources if one.vote_result is not None}
    found = [one for one in list_standings(subject) if one.option_id not in used]
    if theme and found:
        about = select(Contribution.public_id).where(Contribution.round_id == subject.id, is_about(theme, None))
        known = set(session().scalars(about))
        found = [one for one in found if one.public_id in known]
    parts = words.casefold().split()
    return [one for one in found if all(part in one.title.casefold() for part in parts)][:limit]


def list_standings(subject: Round) -> list[Standing]:
    """List how the options of all polls of a round came out, as far as everybody can read it."""
    return [one for result in results_of(subject) for one in standings(result)]


def get_chosen(paragraph: Paragraph, actor: Actor, kind: str, name: str) -> dict[str, Any]:
    """Return what a paragraph is to rest on, as `verbs.cite` takes it: a source, and of a coded passage its words.

    A passage goes by the address of its contribution and its id, with a dot between; an option of a poll by its id,
    anything else as `get_citable` says. Raises NotFound.
    """
    if kind == "vote":
        options = {str(one.option_id): one for one in list_standings(paragraph.section.draft.round)}
        return {"vote": _known(options.get(name))}
    if kind == "passage":
        public_id, _dot, passage_id = name.partition(".")
        [about] = get_inputs(paragraph.round_id, [public_id])
        shown = {str(one.id): one for one in shown_passages(about, list_coded([about.id], actor)) if one.words}
        passage = _known(shown.get(passage_id))
        return {"contribution": about, "passage": Quote(passage.words, start=passage.anchor.start)}
    return {kind: get_citable(paragraph.round_id, kind, name)}


def _known(found: T | None) -> T:
    if found is None:
        raise NotFound
    return found


def get_citable(round_id: uuid.UUID, kind: str, name: str) -> Contribution | Precondition | Thought | AdviceRequest:
    """Return what a paragraph is to rest on.

    A contribution or a statement goes by its address, a precondition by its code, and advice by its id.
    Raises NotFound when the round has no such thing in public.
    """
    if kind == "precondition":
        wanted = select(Precondition).where(Precondition.round_id == round_id, Precondition.code == name)
        rule = session().scalar(wanted)
        if rule is None:
            raise NotFound
        return rule
    if kind == "advice":
        advice = next((one for one in list_advice(round_id) if str(one.id) == name), None)
        if advice is None:
            raise NotFound
        return advice
    if kind == "statement":
        return get_thought(round_id, name)
    return get_inputs(round_id, [name])[0]
