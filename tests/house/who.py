"""The reviewed table of who may do what (`who.csv`), and a world in which every way in can be tried.

A cell is "ok" (let in), "in" (sent to sign in), "no" (refused) or "404" (it does not exist for this person).
`any` stands for an act that has nothing to do with a round.
"""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.accounts.models import Purpose
from consult.answers.models import TextBlock
from consult.answers.verbs import write_block
from consult.contributions.models import Channel, CoAuthor, Contribution, Kind
from consult.contributions.queries import get_contribution
from consult.foundation import clock
from consult.foundation.db import Database, add, new_id, session
from consult.foundation.errors import NotFound
from consult.mandates.models import Gate, GateKind
from consult.mandates.queries import get_at
from consult.moderation.models import Appeal, Ground
from consult.moderation.redactions import propose_redaction
from consult.moderation.verbs import propose_refusal
from consult.participants.models import Organisation, Person
from consult.participants.rules import invitation_token, token_hash
from consult.policy import Act, Actor, Duty, Role, allows
from consult.proposals.models import Argument, Invitation, Place, Stance, Unsent
from consult.rounds.models import Area, PhaseKind, Round, RoundState
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind, Paragraph, Section, SourceLink
from consult.voting.ballots import Plan, set_up_poll
from consult.voting.electorate import voter_of_letter
from consult.voting.models import Ballot, Invalidation, LetterCode, Method, Option, PaperBallot, Poll
from consult.voting.rules import tag
from consult.voting.verbs import create_poll
from consult.workbench.models import Bulk, BulkKind
from consult.workbench.verbs import plan
from tests import builders
from tests.accounts.builders import a_link, token_in
from tests.contributions.builders import A_PDF, a_contribution, a_picture, an_attachment
from tests.groups.builders import a_suggestion
from tests.house.agreed import agreed
from tests.house.bodies import bodies
from tests.house.coded import coded
from tests.house.directed import directed
from tests.house.fielded import fielded
from tests.house.papered import keep_a_file, papered
from tests.house.remarked import remarked
from tests.house.reviewed import reviewed
from tests.house.skilled import skilled
from tests.intake.builders import a_batch, a_file, a_form
from tests.landscape.builders import with_statements
from tests.notifications.builders import a_mail, a_switch_token
from tests.second import an_app
from tests.voting.builders import a_batch as a_batch_of_codes
from tests.voting.sealed import with_a_ballot

TABLE = Path(__file__).with_name("who.csv")
AT_A_GATE = (
    Act.ASK_SIGNATURES,
    Act.SIGN_GATE,
    Act.WITHDRAW_SIGN_OFF,
    Act.VOID_SIGN_OFF,
    Act.OVERRIDE_GATE,
    Act.START_PHASE,
)
STATES = tuple(state.value for state in RoundState)


@cache
def expected() -> dict[tuple[str, str], dict[str, str]]:
    """Read the table: act and state to role to what should happen."""
    with TABLE.open(encoding="utf-8", newline="") as source:
        return {(row.pop("act"), row.pop("state")): row for row in csv.DictReader(source)}


def roles() -> list[str]:
    """The columns of the table."""
    return list(next(iter(expected().values())))


class Undone(Database):
    """A database of which nothing that is written in a request is kept, so that every request finds the same world."""

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self._unit(self._writing) as unit:
            yield unit
            unit.flush()
            unit.rollback()


@dataclass
class World:
    """One round with something of everything in it, and somebody for every column of the table."""

    people: dict[str, Person | None]
    url: dict[str, Any]
    typed: dict[str, Any]
    elsewhere: dict[str, dict[str, Any]]  # by endpoint: what has to be another thing than the usual one
    subjects: dict[Act, Callable[[Actor], Any]]  # by act: to what it is done, where that is no contribution
    files: dict[str, dict[str, Callable[[], Any]]] = field(default_factory=dict)  # by endpoint


def a_world(state: str, phase: PhaseKind = PhaseKind.PRIORITISE) -> World:
    """Build the world with its round in this state, and a phase that is open now; needs an open unit."""
    builders.an_authority()
    found = builders.a_round(phases=phase)
    people = _people(found)
    author = people["author"]
    proposal, other = a_contribution(found, author), a_contribution(found)
    second = builders.acting(people["moderator"])
    poll = create_poll(
        found, builders.phase_of(found, PhaseKind.PRIORITISE), builders.the_platform(), title="Wat vindt u?"
    )
    choice = set_up_poll(
        found,
        builders.phase_of(found, PhaseKind.PRIORITISE),
        builders.the_platform(),
        title="Welke plannen kiest u?",
        method=Method.BUDGET,
        parameters={"rule": "equal_shares", "budget": 100_00},
        plans=[Plan("Bomen", 60_00), Plan("Bankjes", 40_00)],
    )
    chosen = session().scalars(select(Option.id).where(Option.poll_id == choice.id).limit(1)).one()
    receipt = with_a_ballot(choice, chosen)
    wanted = select(Option.id).where(Option.poll_id == poll.id, Option.contribution_id == proposal.id)
    argument = a_contribution(found, kind=Kind.ARGUMENT)
    add(Argument(contribution_id=argument.id, proposal_id=proposal.id, stance=Stance.FOR))
    refusal = propose_refusal(other, Ground.ADVERTISING, "Dit is reclame.", second)
    redaction = propose_redaction(proposal, ["bankje"], Ground.ADVERTISING, "Dit is reclame.", second)
    against = {"contribution_id": proposal.id, "redaction_id": redaction.id, "words": "Dit klopt niet."}
    appealed = add(Appeal(**against, made_by_id=author.id, made_at=clock.now()))
    appointment = builders.appoint(found, builders.a_member_of_staff(), Duty.MODERATOR)
    source = _drafts(found, people, proposal)
    reacted = remarked(found, author)
    section_id = session().scalars(select(Paragraph.section_id).where(Paragraph.id == source.paragraph_id)).one()
    link = a_link(Purpose.SIGN_IN, author)
    add(Gate(round_id=found.id, kind=GateKind.P5, made_at=clock.now()))
    formal = bodies(found, people["representative"], people["member"])
    ours = select(Organisation).where(Organisation.slug == formal.url["organisation"])
    review = reviewed(found, author, people["moderator"], people["director"])
    papers = papered(found, proposal, people["moderator"])
    of_partners = agreed(found, people, session().scalars(ours).one(), proposal)
    ours_and_theirs = [
        session().scalars(select(Organisation).where(Organisation.name == n)).one() for n in ("Groen", "Steen")
    ]
    on_field = fielded(found, people, *ours_and_theirs)
    of_people = skilled(people)
    of_role = directed(found, people)
    collecting = builders.phase_of(found, PhaseKind.COLLECT)
    colleague = builders.acting(session().get_one(Person, appointment.person_id))
    form = a_form(found, colleague, received_at=collecting.opens_at)
    form.is_sampled = True
    batch = a_batch(found, "Een tekst op papier.", actor=colleague)
    letter = a_batch_of_codes(found)[0]
    together, asked = _written_together(proposal, author)
    _on_paper_and_in_doubt(choice, chosen, colleague)
    drafted = {"set_by_id": colleague.person_id, "set_at": clock.now()}
    answer = add(Outcome(contribution_id=proposal.id, kind=OutcomeKind.ADOPTED, reason="Past.", **drafted))
    at_once, block = _at_once(found, proposal, second)
    in_codes, twice = coded(found, proposal, people["moderator"], colleague)
    keep_a_file(found)
    answered, cited = with_statements(found)
    found.state = RoundState(state)
    session().flush()
    now = clock.now()
    return World(
        people,
        {
            **formal.url,
            **review.url,
            **in_codes,
            **reacted.url,
            **papers.url,
            **of_partners.url,
            **on_field.url,
            **of_people.url,
            **of_role.url,
            "slug": found.slug,
            "public_id": proposal.public_id,
            "result_id": cited,
            "attachment_id": an_attachment(proposal, "vijver.png", a_picture(), alt="De vijver").id,
            "option_id": session().scalars(wanted).one(),
            "poll_id": choice.id,
            "proof": receipt,
            "appointment_id": appointment.id,
            "phase_id": builders.phase_of(found, PhaseKind.SYNTHESISE).id,
            "intake_id": form.id,
            "batch_id": batch.id,
            "number": 1,
            "other": 2,
            "paper_number": 1,
            "doubt": 1,
            "bulk_id": at_once.id,
            "block_id": block.id,
            "suggestion_id": a_suggestion(proposal, other).id,
            "section_id": section_id,
            "paragraph_id": source.paragraph_id,
            "source_id": source.id,
            "token": token_in(link),
            **together,
            "link_id": link.id,
            "gate": GateKind.P5.value,
            "person_id": appointment.person_id,
            "factor_id": an_app(author).id,
            "mail_id": a_mail("received", author, facts={"contribution": str(proposal.id)}, given_up_at=now).id,
        },
        {
            **formal.typed,
            **review.typed,
            **reacted.typed,
            **papers.typed,
            **of_partners.typed,
            **on_field.typed,
            **of_people.typed,
            **of_role.typed,
            "name": "Nieuw Iemand",
            "one_time_code": "123456",
            "recovery_code": "abcd-efgh-jkmn-pqrs",
            "credential": "{}",
            "is_saved": "y",
            "how_known": "Ik zag haar paspoort.",
            "email": "nieuw@voorbeeld.test",
            "password": "een zin die niemand raadt, echt",
            "role": "moderator",
            "title": "Een titel",
            "text": "Een tekst van enkele woorden.",
            "question": "Wat vindt u?",
            "slug": "een-nieuwe-ronde",
            "level": "consult",
            "verification": "email",
            "stance": "for",
            "channel": "letter",
            "received_on": collecting.first_day.isoformat(),
            "ideas-0-title": "Een idee",
            "ideas-0-text": "Een tekst op papier.",
            "ideas-0-contribution_id": str(form.first.id),
            "ideas-0-version": "1",
            "rows": "all",
            "version": "1",
            "choice": "for",
            f"mark-{chosen.hex}": "1",
            f"chosen-{chosen.hex}": "1",
            "letter": "1",
            "came_by": "letter",
            "people": "104; anna@voorbeeld.test",
            "why_aside": "Niet te lezen.",
            "cluster": "t1",
            "why_invalid": "Eén klas, één toetsenbord.",
            "why_again": "De klas stemde eerlijk.",
            "decided_on": clock.now().date().isoformat(),
            "method": "budget",
            "plans": "Een brug; 1000\nEen pad; 500",
            "budget": "1000",
            "opinion": "agree",
            "statements": "Groen gaat voor.\nAuto's horen aan de rand.",
            "phase": str(builders.phase_of(found, PhaseKind.PRIORITISE).id),
            "person": str(appointment.person_id),
            "duty": "moderator",
            "ground": "advertising",
            "reason": "Dit is reclame voor een winkel.",
            "alt": "Een bankje bij de vijver",
            "why": "Er staat iemand op die daar niet om vroeg.",
            "refusal": str(refusal.id),
            "redaction": str(redaction.id),
            "passages": "vijver",
            "seen": "vijver",
            "agrees": "yes",
            "meaning": "Wat erbij hoort.",
            "short": "licht",
            "frame_of": found.slug,
            "quote": "bankje",
            "sentences": ["0"],
            "decision": str(redaction.id),
            "appeal": str(appealed.id),
            "grants": "yes",
            "into": other.public_id,
            "pick": [proposal.public_id],
            "themes": [str(found.themes[0].id)],
            "answers": [str(answer.id)],
            "act": "answer",
            "block": str(block.id),
            "days": "30",
            "note": "Vraag het aan groen.",
            "kind": "adopted",
            "way": "up",
            "source": f"contribution/{other.public_id}",
            "use": "adopted",
            "sure": "y",
            "joins": "yes",
            "follow": "yes",
            "helpful": "yes",
            "words": "Er staat een telefoonnummer in.",
            "answer": "Het is geen reclame.",
            "language": "nl",
            "texts": "keep",
            "area_code": session().scalars(select(Area.code)).first(),
            "code": letter,
            "serial": "1",
            "number": "2",
            "side": "civil",
            "questions": "Is het geld er?",
            "result": "adopted",
            "votes": "21 voor, 8 tegen",
        },
        {
            **formal.elsewhere,
            **twice,
            **reacted.elsewhere,
            **papers.elsewhere,
            "landscape.answer": {"option_id": answered},
            **of_partners.elsewhere,
            **of_people.elsewhere,
            "moderation.confirm_refusal": {"public_id": other.public_id},
            "moderation.overrule_refusal": {"public_id": other.public_id},
            "proposals.answer_page": {"public_id": argument.public_id},
            "proposals.answer": {"public_id": argument.public_id},
            "proposals.helpful": {"public_id": argument.public_id},
            "proposals.keep_answer": {"public_id": argument.public_id},
            "proposals.withdraw_invitation": {"invitation_id": asked},
            "notifications.off_page": {"token": a_switch_token(author)},
            "notifications.switch_off": {"token": a_switch_token(author)},
        },
        {
            **formal.subjects,
            **review.subjects,
            **reacted.subjects,
            **papers.subjects,
            **of_partners.subjects,
            **on_field.subjects,
            **of_people.subjects,
            **dict.fromkeys(AT_A_GATE, lambda actor: get_at(actor, found.slug, GateKind.P5)),
        },
        {
            "contributions.add": {"files": lambda: (BytesIO(A_PDF), "plan.pdf")},
            "intake.add_scan": {"scan": lambda: (BytesIO(a_picture()), "scan.png")},
            "opendata.show_document": {"file": lambda: (BytesIO(b"# Groen"), "tekst.txt")},
            "opendata.send": {"file": lambda: (BytesIO(a_file(found, "Nog een idee.")), "invoer.csv")},
            "tasks.ask": {"better": lambda: "Wij zijn er elke dag."},
            "tasks.decide": {"verdict": lambda: "refuse"},
        },
    )


def _written_together(proposal: Contribution, author: Person) -> tuple[dict[str, Any], Any]:
    """Somebody writes along, somebody else was asked to, and the author has something that is not sent yet."""
    now, secret = clock.now(), "the secret of the tests"
    asked = new_id()
    told = {"id": asked, "contribution_id": proposal.id, "invited_at": now, "ends_at": now + timedelta(days=14)}
    token = invitation_token(asked, secret)
    add(Invitation(address="wie@voorbeeld.test", token_hash=token_hash(token), **told))
    along = add(CoAuthor(contribution_id=proposal.id, person_id=builders.a_resident().id, joined_at=now))
    waiting = {"place": Place.ARGUMENT, "about_id": proposal.id, "fields": {"text": "Nog niet af."}, "saved_at": now}
    unsent = add(Unsent(person_id=author.id, round_id=proposal.round_id, **waiting))
    return {"invitation": token, "co_author_id": along.id, "unsent_id": unsent.id}, asked


def _on_paper_and_in_doubt(poll: Poll, option_id: Any, colleague: Actor) -> None:
    """A ballot on paper that waits for a second person, and a proposal that others do not count."""
    letter = session().scalars(select(LetterCode).where(LetterCode.round_id == poll.round_id)).first()
    assert letter
    typed = {"channel": Channel.LETTER, "letter_id": letter.id, "marks": {option_id.hex: 1}}
    who_typed = {"entered_by_id": colleague.person_id, "entered_on": clock.now().date()}
    add(PaperBallot(poll_id=poll.id, number=1, **typed, **who_typed))
    assert poll.key
    counted = tag(poll.key, voter_of_letter(poll.round_id, letter.serial, None))
    add(Ballot(poll_id=poll.id, tag=counted, channel=Channel.LETTER))
    told = {"number": 1, "reason": "Eén klas.", "proposed_by_id": colleague.person_id, "proposed_at": clock.now()}
    add(Invalidation(poll_id=poll.id, **told))


def _at_once(found: Round, proposal: Contribution, moderator: Actor) -> tuple[Bulk, TextBlock]:
    """Something that the moderator planned to do with many, and an answer that is used again and again."""
    told = {"kind": OutcomeKind.PARTLY, "name": "Deels", "text": "Dank voor {title}."}
    themes = {"themes": [found.themes[0].code]}
    planned = plan(found, BulkKind.CODE, themes, [proposal], moderator)
    return planned, write_block(found, moderator, **told)


def _people(found: Round) -> dict[str, Person | None]:
    elsewhere = builders.a_round()
    staff = builders.a_member_of_staff
    people: dict[str, Person | None] = {
        "visitor": None,
        "resident": builders.a_resident(),
        "author": builders.a_resident("W" * 45),  # a name without a space may not stretch a page
        "member": builders.a_member_of_staff(Role.ORGANISATION),
        "representative": builders.a_member_of_staff(Role.ORGANISATION),
        "moderator": staff(Role.MODERATOR),
        "director": staff(Role.DIRECTOR),
        "sponsor": staff(Role.MODERATOR),
        "elsewhere": staff(Role.MODERATOR),
    }
    for name in ("board", "clerk", "contracts", "coach", "privacy", "admin"):
        people[name] = staff(Role(name))
    for name, duty in (
        ("moderator", Duty.MODERATOR),
        ("director", Duty.DIRECTOR),
        ("sponsor", Duty.OFFICIAL_SPONSOR),
    ):
        builders.appoint(found, people[name], duty)
    for duty in Duty:
        builders.appoint(elsewhere, people["elsewhere"], duty)
    return people


def _drafts(found: Round, people: dict[str, Person | None], proposal: Contribution) -> SourceLink:
    """Two published versions and one that is being written, which rests on the proposal."""
    writer, second = people["moderator"], people["director"]
    assert writer
    assert second
    now = clock.now()
    done = {"submitted_by_id": writer.id, "submitted_at": now, "published_by_id": second.id, "published_at": now}
    for number in (1, 2):
        add(Draft(round_id=found.id, number=number, title="Visie", state=DraftState.PUBLISHED, begun_at=now, **done))
    draft = add(Draft(round_id=found.id, number=3, title="Visie", begun_at=now))
    section = add(Section(draft_id=draft.id, position=1, title="Groen"))
    paragraph = add(Paragraph(section_id=section.id, position=1, text="Bankjes.", html="<p>Bankjes.</p>", renderer="1"))
    return add(SourceLink(paragraph_id=paragraph.id, contribution_id=proposal.id))


def outcome(act: Act, actor: Actor, world: World, state: str) -> str:
    """Say what the policy and the loader make of an act, in the words of the table."""
    subject = None
    try:
        if act in world.subjects:
            subject = world.subjects[act](actor)
        elif state != "any":
            subject = get_contribution(actor, world.url["slug"], world.url["public_id"])
    except NotFound:
        return "404"
    if allows(act, actor, subject):
        return "ok"
    return "in" if actor.is_anonymous else "no"
