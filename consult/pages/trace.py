"""The trace of a contribution: its way from received to decided, read from the journal and from links; never stored."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from consult.audit.models import Entry
from consult.audit.queries import list_entries_on
from consult.coding.rules import Shown
from consult.contributions.models import ON_DRAFT, Channel, Contribution, Kind, State
from consult.director.actions.models import Action
from consult.director.actions.queries import list_for
from consult.director.agreements.queries import list_realising
from consult.foundation.anchors import Fate
from consult.foundation.language import N_
from consult.foundation.language import day as whole_day
from consult.foundation.language import gettext as _
from consult.landscape.rules import words_of as words_of_opinions
from consult.moderation.models import Ground, Hold, Refusal
from consult.pages.cards import words_of_votes
from consult.pages.queries import find_hold, find_refusal, list_voted
from consult.pages.rules import within
from consult.policy import Act, Actor
from consult.rounds import rules
from consult.rounds.models import Phase, PhaseKind
from consult.synthesis.models import DraftState, Outcome
from consult.synthesis.rules import reason_for, shortened
from consult.synthesis.telling import words_of
from consult.synthesis.trace import Place, TraceLinks, trace_links

OF_ORGANISATIONS = {Act.SUBMIT_POSITION, Act.WITHDRAW_POSITION, Act.CO_SIGN, Act.WITHDRAW_SIGNATURE}
SAID = {  # acts of which there is no more to say
    Act.PUBLISH_CONTRIBUTION: N_("Put on the site after a moderator read it"),
    Act.HOLD: N_("Taken off the site until a moderator has read it again"),
    Act.WITHDRAW_PROPOSAL: N_("Withdrawn by its author"),
    Act.WITHDRAW_REMARK: N_("Withdrawn by its author"),
    Act.SPLIT: N_("Separated again: it stands by itself"),
    Act.WRITE_SHARED_TEXT: N_("A moderator wrote what this and those joined with it say together"),
    Act.APPEAL: N_("Its author asked that somebody else looks at the decision"),
    Act.APPEAL_FOR: N_("Its author asked that somebody else looks at the decision"),
}
OF_DECISIONS = {Act.CONFIRM_REDACTION, Act.DECIDE_LIFTING, Act.DECIDE_APPEAL}
AHEAD = (PhaseKind.PRIORITISE, PhaseKind.SYNTHESISE, PhaseKind.FEEDBACK, PhaseKind.DRAFT, PhaseKind.DECIDE)


@dataclass(frozen=True)
class Step:
    """One step on the way; `words` is a longer text that belongs to it, such as the paragraph that uses it."""

    text: str
    at: datetime | None
    url: str = ""
    why: str = ""
    words: str = ""


@dataclass(frozen=True)
class Trace:
    """All steps so far, oldest first, what comes next, and the links that they were read from."""

    steps: Sequence[Step]
    upcoming: str
    links: TraceLinks


def trace_of(contribution: Contribution, actor: Actor) -> Trace:
    """Read the whole way of a contribution; its round, with phases, is loaded."""
    links = trace_links(contribution, actor)
    targets = {one.id.hex: one for one in links.replaced_by}
    steps = [_received(contribution)]
    steps += _done(contribution, list_entries_on(contribution.id), targets, decided(contribution))
    steps += _coded(links)
    steps += _voted(contribution)
    steps += [_answered(outcome, links, contribution) for outcome in links.outcomes]
    steps += [_used(place, contribution) for place in links.places]
    steps += _decided(links, contribution)
    steps += _realised(contribution, links, actor)
    actions = list_for([contribution.id, *(one.id for one in links.replaced_by)])
    steps += _acted(actions, actor)
    first, *later = steps
    ordered = sorted(later, key=lambda step: step.at or contribution.received_at)
    following = upcoming(contribution, links.current, actor.arrived_at) or _now(actions)
    return Trace([first, *ordered], following, links)


def _received(contribution: Contribution) -> Step:
    if contribution.channel is Channel.IMPORTED:
        return Step(_("Taken over from a public data set"), contribution.received_at)
    typed = contribution.entered_by_id is not None and contribution.entered_by_id != contribution.author_id
    return Step(
        _("Received %(channel)s", channel=contribution.channel.words),
        contribution.received_at,
        why=_("Typed in by a member of staff. It weighs as much as any other.") if typed else "",
    )


def _done(
    contribution: Contribution,
    entries: Sequence[Entry],
    targets: Mapping[str, Contribution],
    decided: Refusal | Hold | None,
) -> Iterator[Step]:
    """Say what the journal holds of it, as far as it is for readers; never who did it."""
    for entry in entries:
        is_decided = decided is not None and str(decided.id) in {entry.facts.get("refusal"), entry.facts.get("hold")}
        why = f"{decided.ground.words}. {decided.reason}" if decided is not None and is_decided else ""
        if entry.act in SAID:
            yield Step(_(SAID[Act(entry.act)]), entry.at, why=why)
        elif entry.act == Act.EDIT_PROPOSAL:
            history = url_for("proposals.history", **_address(contribution))
            yield Step(_("Changed by its author: version %(number)s", number=entry.facts["version"]), entry.at, history)
        elif entry.act in OF_ORGANISATIONS:
            yield from _of_organisation(entry, contribution)
        elif entry.act == Act.CONFIRM_REFUSAL:
            yield Step(_("Refused by two people"), entry.at, why=why)
        elif entry.act in OF_DECISIONS:
            yield from _looked_again(entry)
        elif entry.act == Act.MERGE:
            yield _merged(entry, targets, contribution.round.slug)


def decided(contribution: Contribution) -> Refusal | Hold | None:
    """Return the decision through which it is not public now; of what is public again nobody reads the reason."""
    if contribution.state is State.REFUSED:
        return find_refusal(contribution.id)
    return find_hold(contribution.id) if contribution.state is State.HELD else None


def _looked_again(entry: Entry) -> Iterator[Step]:
    """Say that a part of the text was taken away or came back, and what came of an appeal."""
    if entry.act == Act.CONFIRM_REDACTION:
        yield Step(
            _("Two people took a part of the text away"), entry.at, why=f"{Ground(entry.facts['ground']).words}."
        )
    elif entry.act == Act.DECIDE_LIFTING and entry.facts["lifted"]:
        yield Step(_("What was taken away is back"), entry.at)
    elif entry.act == Act.DECIDE_APPEAL:
        granted = _("Somebody else looked at it: the author was right, and the decision is undone")
        yield Step(granted if entry.facts["granted"] else _("Somebody else looked at it: the decision stays"), entry.at)


def _of_organisation(entry: Entry, contribution: Contribution) -> Iterator[Step]:
    """Say what organisations did with a position: sent in, changed, taken back, signed."""
    if entry.act == Act.SUBMIT_POSITION and entry.facts["version"] > 1:
        history = url_for("positions.history", **_address(contribution))
        words = _("Changed by the organisation: version %(number)s", number=entry.facts["version"])
        yield Step(words, entry.at, history)
    elif entry.act == Act.WITHDRAW_POSITION:
        yield Step(_("Taken back by the organisation"), entry.at)
    elif entry.act == Act.CO_SIGN:
        yield Step(
            _("Signed by another organisation too"), entry.at, url_for("positions.one", **_address(contribution))
        )
    elif entry.act == Act.WITHDRAW_SIGNATURE:
        yield Step(_("A signature of another organisation was taken back"), entry.at)


def _merged(entry: Entry, targets: Mapping[str, Contribution], slug: str) -> Step:
    into = targets.get(str(entry.facts.get("into", "")).replace("-", ""))
    if into is None or not into.is_public:
        return Step(_("Joined with another one"), entry.at)
    why = _("They are about the same. The text stays here; its support counts there.")
    url = url_for("pages.contribution", slug=slug, public_id=into.public_id)
    return Step(_("Joined with “%(title)s”", title=into.title), entry.at, url, why)


def _coded(links: TraceLinks) -> Iterator[Step]:
    if links.codes:
        names = ", ".join(code.theme.name for code in links.codes)
        why = " ".join(words_of_passage(one) for one in links.passages)
        yield Step(_("Sorted under: %(themes)s", themes=names), max(code.coded_at for code in links.codes), why=why)


def words_of_passage(one: Shown) -> str:
    """Say of which words a theme is, and what became of them since; those that are gone are not repeated."""
    told = {"theme": one.theme.name, "words": shortened(one.words, 80)}
    if one.anchor.fate is Fate.KEPT:
        return _("%(theme)s: “%(words)s”.", **told)
    if one.anchor.fate is Fate.MOVED:
        return _("%(theme)s: “%(words)s” (stands elsewhere since).", **told)
    if one.anchor.fate is Fate.CHANGED:
        return _("%(theme)s: “%(words)s” (changed since).", **told)
    return _("%(theme)s: words that are not in the text any more.", **told)


def _voted(contribution: Contribution) -> Iterator[Step]:
    """Say how it was voted on, once that is final."""
    for voted in list_voted(contribution.id):
        url = url_for("pages.results", slug=contribution.round.slug)
        yield Step(words_of_votes(voted), voted.closes_at, url)


def _answered(outcome: Outcome, links: TraceLinks, contribution: Contribution) -> Step:
    kind, at = outcome.kind.words, outcome.published_at
    answered = next(one for one in (contribution, *links.replaced_by) if one.id == outcome.contribution_id)
    why = reason_for(outcome, answered)
    if outcome is not links.current:
        return Step(_("Earlier answer, changed since: %(kind)s", kind=kind), at, why=why)
    if contribution.round.is_decided:
        return Step(_("Answer published: %(kind)s", kind=kind), at, why=why)
    return Step(_("Provisional answer published: %(kind)s", kind=kind), at, why=why)


def _decided(links: TraceLinks, contribution: Contribution) -> Iterator[Step]:
    """Say when the answer became final: with the decision, on its own day."""
    if links.current is None or links.current.final_at is None:
        return
    url = url_for("decisions.page", slug=contribution.round.slug)
    decider = within(contribution.round.decider) or _("the council")
    kind = links.current.kind.words
    yield Step(_("Final since %(decider)s decided: %(kind)s", decider=decider, kind=kind), links.current.final_at, url)


def _used(place: Place, contribution: Contribution) -> Step:
    where = {"draft": place.draft.number, "number": place.section_number, "section": place.section.title}
    if place.draft.state is DraftState.PUBLISHED:
        text, at = _("Used in draft %(draft)s, section %(number)s: %(section)s", **where), place.draft.published_at
    else:
        text, at = (
            _("In a draft that is not public yet, section %(number)s: %(section)s", **where),
            place.draft.begun_at,
        )
    url = url_for("synthesis.draft", slug=contribution.round.slug, number=place.draft.number)
    why = ": ".join(part for part in (place.use.words, place.note) if part)
    if place.passage is not None:
        text, why = _quoted(place, where), f"{why}; {place.passage}"
    if place.vote is not None:
        text = _voted_on(place, where)
        why = "; ".join(part for part in (place.use.words, place.note, words_of(place.vote.told)) if part)
    if place.result is not None:
        text, at = _cited(place, where)
        told = words_of_opinions(place.result.told)
        why = "; ".join(part for part in (place.use.words, place.note, told) if part)
    if place.through is not None:
        why = _("through “%(title)s”, with which it was joined", title=place.through.title)
    return Step(text, at, f"{url}#{place.paragraph.anchor}", why, place.paragraph.html)


def _quoted(place: Place, where: Mapping[str, Any]) -> str:
    """Say that a draft rests on words of it."""
    if place.draft.state is DraftState.PUBLISHED:
        return _("Words of it are used in draft %(draft)s, section %(number)s: %(section)s", **where)
    return _("Words of it are used in a draft that is not public yet, section %(number)s: %(section)s") % where


def _voted_on(place: Place, where: Mapping[str, Any]) -> str:
    """Say that a draft rests on how it came out of a vote."""
    if place.draft.state is DraftState.PUBLISHED:
        return _("How the vote on it came out is cited in draft %(draft)s, section %(number)s: %(section)s", **where)
    words = _("How the vote on it came out is cited in a draft that is not public yet, section %(number)s: %(section)s")
    return words % where


def _cited(place: Place, where: Mapping[str, Any]) -> tuple[str, datetime | None]:
    """Say that a draft rests on what people thought of it."""
    if place.draft.state is DraftState.PUBLISHED:
        words = _("What people thought of it is cited in draft %(draft)s, section %(number)s: %(section)s", **where)
        return words, place.draft.published_at
    words = _("What people thought of it is cited in a draft that is not public yet, section %(number)s: %(section)s")
    return words % where, place.draft.begun_at


def _realised(contribution: Contribution, links: TraceLinks, actor: Actor) -> Iterator[Step]:
    """Say which agreements realise it: itself, what it was joined with, or a paragraph that uses it."""
    ids = [contribution.id, *(one.id for one in links.replaced_by)]
    paragraphs = [place.paragraph.id for place in links.places]
    told: set[uuid.UUID] = set()
    for one in list_realising(actor, ids, paragraphs):
        agreement = one.agreement
        if agreement.id not in told:
            told.add(agreement.id)
            words = {"title": agreement.terms.title, "partner": agreement.organisation.name}
            url = url_for("accountability.agreement", agreement_id=agreement.public_id)
            yield Step(_("Realised by the agreement “%(title)s” with %(partner)s", **words), one.linked_at, url)


def _acted(actions: Sequence[Action], actor: Actor) -> Iterator[Step]:
    """Say what is done with it since the decision, and under which agreement; or why nothing is."""
    for one in actions:
        agreement = one.agreement
        knows = agreement is not None and (agreement.published_at is not None or actor.is_staff)
        url = url_for("accountability.agreement", agreement_id=agreement.public_id) if agreement and knows else ""
        told = {"owner": one.owner, "action": one.text}
        if one.due_on is None:
            yield Step(_("Nothing is done with it"), one.written_at, why=one.none_because)
            continue
        yield Step(_("%(owner)s does this: %(action)s", **told), one.written_at, url)
        if one.done_at is not None:
            yield Step(_("Done: %(action)s", **told), one.done_at, url, one.result)


def _now(actions: Sequence[Action]) -> str:
    """Say what happens now with an adopted input: the action that is due first."""
    first = next((one for one in actions if one.is_open), None)
    if first is None or first.due_on is None:
        return ""
    told = {"owner": first.owner, "action": first.text, "day": whole_day(first.due_on)}
    return _("What happens now: %(owner)s does this by %(day)s at the latest: %(action)s", **told)


def upcoming(contribution: Contribution, outcome: Outcome | None, at: datetime) -> str:
    """Say what happens next with a contribution; nothing when its way has ended."""
    phases = contribution.round.phases
    if contribution.state is State.HELD:
        return _("Next: a moderator reads it. After that it stands on the site.")
    if contribution.state is not State.PUBLISHED or contribution.round.is_decided:
        return ""
    if outcome is not None:
        return _decision(phases, contribution.round.decider, at)
    voted_on = contribution.kind is not Kind.POSITION and contribution.kind not in ON_DRAFT
    never = None if voted_on else PhaseKind.PRIORITISE
    ahead = [p for p in phases if p.kind in AHEAD and p.kind is not never and p.closed_at is None and at < p.closes_at]
    if not ahead:
        return ""
    following = min(ahead, key=lambda phase: phase.opens_at)
    if rules.takes(following, at):
        return _(
            "Now: %(phase)s, until the end of %(day)s", phase=following.name.lower(), day=whole_day(following.last_day)
        )
    return _("Next: %(phase)s, from %(day)s", phase=following.name.lower(), day=whole_day(following.first_day))


def _decision(phases: Sequence[Phase], decider: str, at: datetime) -> str:
    last = next((p for p in phases if p.kind is PhaseKind.DECIDE), None)
    if last is None or at >= last.closes_at:
        return _("Next: %(decider)s decides", decider=within(decider)) if decider else ""
    decides = {"decider": within(decider) or _("the council"), "day": whole_day(last.last_day)}
    return _("Next: %(decider)s decides, at the latest on %(day)s", **decides)


def _address(contribution: Contribution) -> dict[str, Any]:
    return {"slug": contribution.round.slug, "public_id": contribution.public_id}
