"""Coding inputs and passages of them, deciding on suggestions, and letting the sample grow that is coded twice."""

import uuid
from collections.abc import Iterable, Sequence

from consult.audit.verbs import record
from consult.coding import rules
from consult.coding.double import coders_of, count_sample, has_sample, list_left, list_undrawn, open_tasks
from consult.coding.models import Code, Double, Passage, Suggested, Suggestion
from consult.coding.queries import (
    find_double,
    has_passages,
    list_codes,
    list_passages,
    list_rejected,
    list_unsuggested,
    list_waiting,
    quote_of,
    themes_seen,
)
from consult.contributions.models import Contribution
from consult.contributions.verbs import hold_rows
from consult.foundation.anchors import Quote
from consult.foundation.db import add, insert_of, new_id, session
from consult.foundation.text import plain
from consult.mandates.models import GateKind
from consult.mandates.signing import void_sign_offs
from consult.policy import Act, Actor
from consult.rounds.models import Theme
from consult.rounds.verbs import bump
from consult.similarity.queries import list_similar
from consult.similarity.rules import NEAR

# --- whole inputs ---


def code(contribution: Contribution, themes: Iterable[Theme], actor: Actor) -> list[Code]:
    """Set which themes a contribution is about; codes that fall away are ended, never deleted.

    Refused for what is not public, for a theme of another round, for one that was retired unless it stands
    there, and to whoever is to code it a second time without knowing the first coding.
    """
    hold_rows(contribution)
    rules.judge_blind(find_double(contribution.id), actor)
    codes = set_codes(contribution, list(themes), list_codes([contribution.id]), actor)
    record(Act.CODE, actor, contribution, themes=sorted(one.theme.code for one in codes))
    grow(contribution.round_id, actor)
    bump(contribution.round_id)
    return codes


def set_codes(contribution: Contribution, themes: list[Theme], held: Sequence[Code], actor: Actor) -> list[Code]:
    """Let exactly these themes count for a contribution; whoever calls this holds the row, records and bumps."""
    rules.judge_coding(contribution, themes, {one.theme_id for one in held})
    wanted = {theme.id: theme for theme in themes}
    if wanted.keys() != {one.theme_id for one in held}:
        void_sign_offs(contribution.round_id, GateKind.P2, actor)
    kept = []
    for one in held:
        if wanted.pop(one.theme_id, None) is None:
            one.ended_at = actor.arrived_at
        else:
            kept.append(one)
    session().flush()  # what ends first makes room for what begins
    told = {"contribution_id": contribution.id, "coded_by_id": actor.person_id, "coded_at": actor.arrived_at}
    return [*kept, *(add(Code(theme=theme, **told)) for theme in wanted.values())]


# --- passages ---


def code_passages(
    contribution: Contribution,
    themes: Sequence[Theme],
    actor: Actor,
    *,
    ticked: Sequence[int] = (),
    words: str = "",
    read: int | None = None,
) -> None:
    """Give themes to passages of the text that readers get; a theme that the contribution did not have is added to it.

    Sentences that are `ticked` by their number, from 0, make one passage where they follow each other; `words`
    are copied from the text; `read` is the version that was read. A passage that has a theme already keeps it
    once. Refused like `code`, for words that do not stand there, and when the text was changed since.
    """
    hold_rows(contribution)
    quotes = rules.quotes_in(contribution, ticked, words, read)
    rules.judge_blind(find_double(contribution.id), actor)
    held = list_codes([contribution.id])
    chosen = [*(one.theme for one in held), *themes]
    set_codes(contribution, chosen, held, actor)
    since = {one.theme_id: one.coded_at for one in held}  # a passage of a code that ended before does not count
    known = {
        (one.theme_id, one.quote, one.start)
        for one in list_passages(contribution.id)
        if one.ended_at is None and one.theme_id in since and one.coded_at >= since[one.theme_id]
    }
    for theme in themes:
        for quote in quotes:
            if (theme.id, quote.words, quote.start) not in known:
                add(_passage(contribution, quote, theme, actor))
    told = {"themes": sorted(theme.code for theme in themes), "passages": len(quotes)}
    record(Act.CODE, actor, contribution, **told)
    grow(contribution.round_id, actor)
    bump(contribution.round_id)


def _passage(contribution: Contribution, quote: Quote, theme: Theme, actor: Actor) -> Passage:
    told = {"quote": quote.words, "prefix": quote.prefix, "suffix": quote.suffix, "start": quote.start}
    by = {"coded_by_id": actor.person_id, "coded_at": actor.arrived_at}
    return Passage(contribution_id=contribution.id, theme_id=theme.id, version=contribution.version, **told, **by)


def end_passage(contribution: Contribution, passage: Passage, actor: Actor) -> None:
    """Take a theme away from a passage; the contribution loses it with the last of its passages.

    Refused like `code`. What was coded stays in the file.
    """
    hold_rows(contribution)
    rules.judge_blind(find_double(contribution.id), actor)
    passage.ended_at = actor.arrived_at
    session().flush()
    held = list_codes([contribution.id])
    if not has_passages(contribution.id, passage.theme_id):
        left = [one.theme for one in held if one.theme_id != passage.theme_id]
        set_codes(contribution, left, held, actor)
    record(Act.CODE, actor, contribution, passage=passage.id, ended=True)
    bump(contribution.round_id)


def recut_passages(contribution: Contribution) -> None:
    """Keep of no passage a word that readers do not get, after moderators took a part of the text away.

    Whoever calls this holds the row, and records.
    """
    text = plain(contribution.html)
    for passage in list_passages(contribution.id):
        kept = rules.recut(text, quote_of(passage))
        passage.quote, passage.prefix, passage.suffix, passage.start = kept.words, kept.prefix, kept.suffix, kept.start
    session().flush()


# --- suggestions ---


def suggest_missing(actor: Actor, limit: int = 20) -> int:
    """Suggest themes for inputs that have none, from those that are alike and coded; return for how many it was done.

    Nothing of this is an act of a person: a suggestion counts nowhere until somebody confirms it. May be run twice.
    """
    found = list_unsuggested(limit)
    for contribution, coded in found:
        _suggest(contribution, coded, actor)
    return len(found)


def _suggest(contribution: Contribution, coded: int, actor: Actor) -> None:
    words = (contribution.title, contribution.text)
    language, most, own = contribution.language, rules.LOOKED_AT, contribution.id
    alike = list_similar(contribution.round_id, actor, *words, language=language, least=NEAR, limit=most, but=own)
    themes = themes_seen([one.contribution.id for one in alike])
    voters = [(one.score, str(one.contribution.id), themes[one.contribution.id]) for one in alike]
    rejected = list_rejected(contribution.id)
    for earlier in list_waiting(contribution.id):
        earlier.ended_at = actor.arrived_at
    session().flush()  # what ends first makes room for what begins
    made_by = {"method": rules.METHOD, "method_version": rules.METHOD_VERSION, "parameters": rules.parameters()}
    for theme_id, score, because in rules.suggested(voters):
        if theme_id not in rejected:
            what = {"theme_id": theme_id, "score": score, "because": because, "made_at": actor.arrived_at}
            add(Suggestion(contribution_id=contribution.id, **what, **made_by))
    looked = session().get(Suggested, contribution.id) or Suggested(contribution_id=contribution.id)
    looked.version, looked.coded = contribution.version, coded
    add(looked)


def decide_suggestion(suggestion: Suggestion, actor: Actor, *, confirms: bool) -> None:
    """Confirm a suggestion, which sets the code, or reject it, after which it is not made again; both are kept.

    Refused when it was decided on or replaced already, and like `code`.
    """
    contribution = suggestion.contribution
    hold_rows(contribution)
    session().refresh(suggestion, attribute_names=["decided_at", "ended_at"], with_for_update={"key_share": True})
    rules.judge_deciding(suggestion)
    rules.judge_blind(find_double(contribution.id), actor)
    suggestion.decided_at, suggestion.decided_by_id = actor.arrived_at, actor.person_id
    suggestion.is_confirmed = confirms
    if confirms:
        held = list_codes([contribution.id])
        set_codes(contribution, [*(one.theme for one in held), suggestion.theme], held, actor)
        grow(contribution.round_id, actor)
    facts = {"confirmed": confirms, "theme": suggestion.theme.code, "method": suggestion.method}
    record(Act.DECIDE_SUGGESTION, actor, contribution, suggestion=suggestion.id, **facts)
    if confirms:
        bump(contribution.round_id)


# --- the sample ---


def grow(round_id: uuid.UUID, actor: Actor) -> None:
    """Let the sample of a round keep up with its coding, where it was begun."""
    if has_sample(round_id):
        draw(round_id, actor)


def draw(round_id: uuid.UUID, actor: Actor) -> int:
    """Draw what lacks of the sample and give each to a colleague who did not code it; return how many that was.

    The order is that of the random keys which contributions got when they came in, mixed with a prime, so nobody
    chooses, drawing anew changes nothing, and what was drawn stays. Whoever has the least to code gets
    the next. What nobody else can code is passed over until somebody can; what waits for somebody who
    moderates no more is given to another.
    """
    session().flush()
    waiting = open_tasks(round_id)
    _give_again(round_id, waiting)
    sample = count_sample(round_id)
    if not (lacking := rules.due(sample.coded, sample.drawn)):
        return 0
    found = list_undrawn(round_id, lacking)
    coders = coders_of(found)
    rows = [
        {
            "id": new_id(),
            "round_id": round_id,
            "contribution_id": one,
            "drawn_at": actor.arrived_at,
            "person_id": rules.next_coder(one, waiting, coders[one]),
            "first": [],
            "second": [],
        }
        for one in found
    ]
    if rows:  # two may draw the same at one moment
        session().execute(insert_of(Double).values(rows).on_conflict_do_nothing())
    return len(rows)


def _give_again(round_id: uuid.UUID, waiting: dict[uuid.UUID, int]) -> None:
    """Give what waits for somebody who moderates no more to another who can."""
    left = list_left(round_id, list(waiting))
    coders = coders_of([one.contribution_id for one in left])
    for one in left:
        if set(waiting) - coders[one.contribution_id]:
            one.person_id = rules.next_coder(one.contribution_id, waiting, coders[one.contribution_id])
