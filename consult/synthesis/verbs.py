"""Drafting what becomes of contributions, and writing a version of the draft with its sources."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.contributions.models import Contribution
from consult.contributions.verbs import hold_rows
from consult.field.models import AdviceRequest
from consult.foundation import text as texts
from consult.foundation.anchors import Quote
from consult.foundation.db import add, insert_of, new_id, session
from consult.foundation.errors import Conflict, saved_meanwhile
from consult.foundation.language import gettext as _
from consult.landscape.models import StatementResult
from consult.landscape.queries import Thought
from consult.landscape.verbs import keep_result
from consult.mandates.models import GateKind, Precondition
from consult.mandates.signing import void_sign_offs
from consult.policy import Act, Actor
from consult.rounds.verbs import hold_decided, hold_undecided
from consult.synthesis import rules
from consult.synthesis.models import (
    Assignment,
    Draft,
    Evaluation,
    Note,
    Outcome,
    OutcomeKind,
    Paragraph,
    Section,
    SourceLink,
    Use,
    VoteResult,
)
from consult.synthesis.queries import (
    find_assignment,
    find_evaluation,
    find_outcome,
    list_colleagues,
    list_final,
)
from consult.synthesis.signing import void_unplaced
from consult.synthesis.telling import Standing
from consult.voting.models import Option

SOURCE_OF: dict[type[object], str] = {
    Contribution: "contribution_id",
    Precondition: "precondition_id",
    StatementResult: "statement_result_id",
    AdviceRequest: "advice_id",
    VoteResult: "vote_result_id",
}
PASSAGE = ("quote", "prefix", "suffix", "start")
SOURCES = tuple(SOURCE_OF.values())

# --- outcomes ---


def set_outcome(contribution: Contribution, kind: OutcomeKind, reason: str, actor: Actor) -> Outcome:
    """Draft the answer to a contribution: what becomes of it and why; earlier ones stay readable to staff.

    Nobody else reads it before it was signed and published. A changed one has no signature, so it needs a
    new one; what was published before stays public until then. Refused without a reason, for what is not
    public, for what was merged, and for "merged" itself, which follows from merging; where the public one became
    final with the decision; and for a reason that repeats words that were taken away from the contribution.
    """
    hold_decided(contribution.round_id)
    hold_rows(contribution)
    rules.judge_outcome(contribution, kind, reason)
    earlier = find_outcome(contribution.id)
    if earlier is not None and (earlier.kind, earlier.reason) == (kind, reason):
        return earlier
    rules.judge_provisional(is_final=bool(list_final([contribution.id])))
    if earlier is not None:
        earlier.replaced_at = actor.arrived_at
        session().flush()  # the place of the current outcome is free before the next takes it
    outcome = add(
        Outcome(
            contribution_id=contribution.id,
            kind=kind,
            reason=reason,
            set_by_id=actor.person_id,
            set_at=actor.arrived_at,
        )
    )
    record(Act.SET_OUTCOME, actor, contribution, outcome=outcome.id)
    void_sign_offs(contribution.round_id, GateKind.P2, actor)
    void_unplaced(contribution.round_id, actor)
    return outcome


def evaluate(contribution: Contribution, text: str, actor: Actor) -> Evaluation:
    """Write down what the staff of a round think of a contribution among themselves; earlier ones are kept.

    It is never public, and the journal holds none of it. Refused for what is not public.
    """
    hold_rows(contribution)
    rules.may_be_weighed(contribution)
    earlier = find_evaluation(contribution.id)
    if earlier is not None and earlier.text == text:
        return earlier
    if earlier is not None:
        earlier.replaced_at = actor.arrived_at
        session().flush()  # the place of the current one is free before the next takes it
    written = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    fresh = add(Evaluation(contribution_id=contribution.id, text=text, **written))
    record(Act.EVALUATE, actor, contribution)
    return fresh


def assign(contribution: Contribution, person: str, actor: Actor) -> None:
    """Say who is to work on a contribution, or with an empty id that nobody is; what was said before is kept.

    Refused for what is not public, and for somebody who does not moderate the round.
    """
    hold_rows(contribution)
    rules.may_be_weighed(contribution)
    person_id = rules.judge_worker(person, list_colleagues(contribution.round_id))
    earlier = find_assignment(contribution.id)
    if (earlier.person_id if earlier is not None else None) == person_id:
        return
    if earlier is not None:
        earlier.ended_at = actor.arrived_at
        session().flush()  # the place of the current one is free before the next takes it
    if person_id is not None:
        told = {"assigned_by_id": actor.person_id, "assigned_at": actor.arrived_at}
        add(Assignment(contribution_id=contribution.id, person_id=person_id, **told))
    record(Act.ASSIGN, actor, contribution, person=person_id)


def write_note(contribution: Contribution, text: str, actor: Actor) -> Note:
    """Tell the rest of the team something about a contribution; nobody else reads it, and the journal holds none of it.

    Refused for what is not public.
    """
    rules.may_be_weighed(contribution)
    told = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    note = add(Note(contribution_id=contribution.id, text=text, **told))
    record(Act.WRITE_NOTE, actor, contribution)
    return note


# --- writing a draft ---


def retitle_draft(draft: Draft, title: str, actor: Actor) -> None:
    """Give a version that is being written another title; refused once it is submitted or published."""
    hold_for_writing(draft)
    draft.title = title
    record(Act.WRITE_DRAFT, actor, draft, part="title")


def add_section(draft: Draft, title: str, actor: Actor) -> Section:
    """Put a section at the end of a draft; refused once the version is submitted or published."""
    hold_for_writing(draft)
    last = session().scalar(select(func.max(Section.position)).where(Section.draft_id == draft.id)) or 0
    section = add(Section(draft_id=draft.id, position=last + 1, title=title))
    set_committed_value(section, "draft", draft)
    record(Act.WRITE_DRAFT, actor, section, part="section")
    return section


def retitle_section(section: Section, title: str, actor: Actor) -> None:
    """Give a section another title; refused once the version is submitted or published."""
    hold_for_writing(section.draft)
    section.title = title
    record(Act.WRITE_DRAFT, actor, section, part="section title")


def move_section(section: Section, *, up: bool, actor: Actor) -> None:
    """Let a section change places with its neighbour; nothing happens at the edge.

    Refused once the version is submitted or published.
    """
    hold_for_writing(section.draft)
    if _swap(section, sections_of(section.draft), up):
        record(Act.WRITE_DRAFT, actor, section, part="order", up=up)


def remove_section(section: Section, actor: Actor) -> None:
    """Take an empty section out of a version that nobody has read yet; the journal keeps that it was there.

    Refused while it holds paragraphs, and once the version is submitted or published.
    """
    hold_for_writing(section.draft)
    if paragraphs_of(section):
        raise Conflict(_("This section holds paragraphs. Take those out first."))
    record(Act.WRITE_DRAFT, actor, section, part="section", removed=True)
    session().delete(section)
    session().flush()


def add_paragraph(section: Section, actor: Actor, *, text: str, html: str, is_editorial: bool = False) -> Paragraph:
    """Put a paragraph at the end of a section; `section.draft` is loaded.

    Refused once the version is submitted or published.
    """
    hold_for_writing(section.draft)
    last = session().scalar(select(func.max(Paragraph.position)).where(Paragraph.section_id == section.id)) or 0
    paragraph = add(
        Paragraph(
            section_id=section.id,
            position=last + 1,
            text=text,
            html=html,
            renderer=texts.RENDERER,
            is_editorial=is_editorial,
            version=1,
        )
    )
    set_committed_value(paragraph, "section", section)
    record(Act.WRITE_DRAFT, actor, paragraph, part="paragraph", stable=paragraph.stable_id)
    return paragraph


def edit_paragraph(
    paragraph: Paragraph, actor: Actor, *, text: str, html: str, is_editorial: bool, version: int
) -> Paragraph:
    """Save what a paragraph says, and whether it is marked as needing no source; section and draft are loaded.

    Refused with both texts when somebody saved it since `version` was read, when it has sources and is
    to be marked, and once the version of the draft is submitted or published.
    """
    hold_for_writing(paragraph.section.draft)
    _judge_version(paragraph, version, text)
    if is_editorial and _has_sources(paragraph):
        raise Conflict(_("This paragraph has sources, so it cannot be marked as one without."), yours=text)
    paragraph.text, paragraph.html, paragraph.renderer = text, html, texts.RENDERER
    paragraph.is_editorial = is_editorial
    paragraph.version += 1
    record(Act.WRITE_DRAFT, actor, paragraph, part="paragraph", version=paragraph.version)
    return paragraph


def _judge_version(paragraph: Paragraph, version: int, text: str) -> None:
    """Refuse a save, with both texts, when the paragraph is not what the writer read."""
    now = session().execute(select(Paragraph.text, Paragraph.version).where(Paragraph.id == paragraph.id)).one_or_none()
    if now is None:
        raise Conflict(_("Somebody took this paragraph out while you were writing."), yours=text)
    if now.version != version:
        raise saved_meanwhile([now.text], [text])


def move_paragraph(paragraph: Paragraph, *, up: bool, actor: Actor) -> None:
    """Let a paragraph change places with its neighbour in its section; nothing happens at the edge.

    Refused once the version is submitted or published.
    """
    hold_for_writing(paragraph.section.draft)
    if _swap(paragraph, paragraphs_of(paragraph.section), up):
        record(Act.WRITE_DRAFT, actor, paragraph, part="order", up=up)


def remove_paragraph(paragraph: Paragraph, actor: Actor) -> None:
    """Take a paragraph out of a version that nobody has read yet; earlier versions and the journal keep it.

    Refused once the version is submitted or published.
    """
    hold_for_writing(paragraph.section.draft)
    record(Act.WRITE_DRAFT, actor, paragraph, part="paragraph", removed=True, stable=paragraph.stable_id)
    for link in session().scalars(select(SourceLink).where(SourceLink.paragraph_id == paragraph.id)):
        session().delete(link)
    session().flush()
    session().delete(paragraph)
    session().flush()


# --- sources ---


def cite(
    paragraph: Paragraph,
    actor: Actor,
    *,
    contribution: Contribution | None = None,
    precondition: Precondition | None = None,
    statement: Thought | None = None,
    advice: AdviceRequest | None = None,
    vote: Standing | None = None,
    passage: Quote | None = None,
    use: Use = Use.ADOPTED,
    note: str = "",
) -> SourceLink:
    """Let a paragraph rest on one source: one of the five that can be given, and of a contribution maybe a passage.

    What people thought, and how a vote came out, is kept as it is now. A mark that the paragraph needs no source falls
    away; its section and draft are loaded. Refused for a source of another round, for what is not public or was
    merged, for a passage that does not stand in what readers get, for a source that stands there already, for advice
    that nobody gave yet, and once the version is submitted.
    """
    given = [one for one in (contribution, precondition, statement, advice, vote) if one is not None]
    if len(given) != 1 or (passage is not None and contribution is None):
        raise ValueError("a paragraph rests on one source, and only a contribution has passages")
    hold_for_writing(paragraph.section.draft)
    source = contribution or precondition or advice or _kept(statement, vote, actor)
    if isinstance(source, StatementResult | VoteResult):
        session().refresh(source, attribute_names=["contribution"])
    rules.judge_source(paragraph.round_id, source)
    link = SourceLink(paragraph_id=paragraph.id, **dict.fromkeys(SOURCES), start=-1, use=use, note=note)
    setattr(link, SOURCE_OF[type(source)], source.id)
    if contribution is not None and passage is not None:
        found = rules.quoted(contribution, passage)
        link.quote, link.prefix, link.suffix, link.start = found.words, found.prefix, found.suffix, found.start
    if _is_cited(link):
        raise Conflict(_("This source stands beside the paragraph already."))
    paragraph.is_editorial = False
    add(link)
    set_committed_value(link, "paragraph", paragraph)
    record(Act.WRITE_DRAFT, actor, link, part="source", paragraph=paragraph.id, source=source.id, use=use.value)
    return link


def _kept(statement: Thought | None, vote: Standing | None, actor: Actor) -> StatementResult | VoteResult:
    """Keep what people thought of a statement, or how an option came out of a vote; once for the same votes."""
    if statement is not None:
        return keep_result(statement)
    assert vote is not None
    option = session().get_one(Option, vote.option_id)
    key = {"option_id": vote.option_id, "input_hash": vote.input_hash}
    values = {"id": new_id(), "poll_id": vote.poll_id, "contribution_id": option.contribution_id, **key}
    values |= {"told": dict(vote.told), "kept_at": actor.arrived_at}
    session().execute(insert_of(VoteResult).values(values).on_conflict_do_nothing(index_elements=list(key)))
    return session().scalars(select(VoteResult).filter_by(**key)).one()


def uncite(link: SourceLink, actor: Actor) -> None:
    """Take a source away from a paragraph of a version that is being written; all above it is loaded.

    Refused once the version is submitted or published.
    """
    paragraph = link.paragraph
    hold_for_writing(paragraph.section.draft)
    source = next(told for name in SOURCES if (told := getattr(link, name)) is not None)
    record(Act.WRITE_DRAFT, actor, link, part="source", paragraph=paragraph.id, source=source, removed=True)
    session().delete(link)
    session().flush()


def _is_cited(link: SourceLink) -> bool:
    same = {name: getattr(link, name) for name in (*SOURCES, "start")}
    wanted = select(SourceLink.id).filter_by(paragraph_id=link.paragraph_id, **same)
    return session().scalar(wanted) is not None


def _has_sources(paragraph: Paragraph) -> bool:
    return session().scalar(select(SourceLink.id).where(SourceLink.paragraph_id == paragraph.id).limit(1)) is not None


# --- one after the other ---


def hold_version(draft: Draft) -> None:
    """Lock a version until the transaction ends and read anew where it stands; its writers come one by one.

    Refused once the round is decided: no version changes or comes any more.
    """
    hold_undecided(draft.round_id)
    names = ["state", "title", "submitted_by_id", "submitted_at", "published_by_id", "published_at"]
    session().refresh(draft, attribute_names=names, with_for_update={"key_share": True})


def hold_for_writing(draft: Draft) -> None:
    """Lock a version that is being written, and void what was signed of it at P3, since it changes now.

    Refused once it is submitted or published.
    """
    hold_version(draft)
    rules.judge_writing(draft)
    void_sign_offs(draft.round_id, GateKind.P3, None)


def sections_of(draft: Draft) -> list[Section]:
    """List the sections of a version in their order, as they are now."""
    return list(session().scalars(select(Section).where(Section.draft_id == draft.id).order_by(Section.position)))


def paragraphs_of(section: Section) -> list[Paragraph]:
    """List the paragraphs of a section in their order, as they are now."""
    wanted = select(Paragraph).where(Paragraph.section_id == section.id).order_by(Paragraph.position)
    return list(session().scalars(wanted))


def _swap(part: Section | Paragraph, row: Sequence[Section | Paragraph], up: bool) -> bool:
    """Let a part change places with the one before or after it; say whether there was one."""
    found = next((i for i, one in enumerate(row) if one.id == part.id), None)
    if found is None:
        raise Conflict(_("Somebody took this part out. Look at the page again."))
    session().refresh(part, attribute_names=["position"])
    other = found - 1 if up else found + 1
    if not 0 <= other < len(row):
        return False
    neighbour = row[other]
    here, there = part.position, neighbour.position
    part.position = 0  # positions are unique, so one steps aside first
    session().flush()
    neighbour.position = here
    session().flush()
    part.position = there
    session().flush()
    return True
