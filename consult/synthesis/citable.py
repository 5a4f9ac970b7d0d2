"""What a paragraph of a draft, or a finding of a report, can still rest on."""

import uuid

from sqlalchemy import select

from consult.coding.queries import is_about
from consult.contributions.models import Contribution, Kind, State
from consult.contributions.queries import matches_words, visible_to
from consult.field.models import AdviceRequest
from consult.field.queries import list_advice
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.landscape.queries import Thought, get_thought, list_thoughts
from consult.mandates.models import Precondition
from consult.mandates.queries import list_preconditions
from consult.policy import Actor
from consult.synthesis.models import Paragraph
from consult.synthesis.queries import get_inputs


def list_citable(actor: Actor, paragraph: Paragraph, words: str, theme: str, *, limit: int = 12) -> list[Contribution]:
    """List contributions that a paragraph can still rest on: public, not merged, not among its sources."""
    used = [source.contribution_id for source in paragraph.sources if source.contribution_id is not None]
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
