"""Builders of polls, and of people who vote in them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from consult.contributions.models import Contribution, Kind, State
from consult.contributions.verbs import receive
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.text import sanitize
from consult.participants.models import Person
from consult.rounds.models import Phase, PhaseKind, Round
from consult.rounds.queries import get_round
from consult.voting import electorate, rules, verbs
from consult.voting.models import Choice, CodeBatch, LetterCode, Method, Option, Poll
from consult.voting.queries import get_option, get_poll
from tests.builders import a_resident, a_round, acting, an_area, phase_of, the_platform
from tests.site import SECRET

CODES_KEY = rules.codes_key(SECRET)  # of an installation in tests


def a_proposal_in(found: Round, title: str = "Bankjes bij de winkels", state: State = State.PUBLISHED) -> Contribution:
    """A proposal that stands in a round."""
    return receive(
        found,
        Kind.PROPOSAL,
        title=title,
        text=f"{title}, want dat is nodig.",
        html=sanitize(f"{title}, want dat is nodig."),
        author_id=None,
        actor=the_platform(),
        state=state,
    )


def a_voting_round(**more: object) -> Round:
    """A round in which people vote now."""
    return a_round(phases=PhaseKind.PRIORITISE, **more)


def a_poll(
    found: Round | None = None, *, proposals: int = 2, method: Method = Method.SUPPORT, phase: Phase | None = None
) -> Poll:
    """A poll over some proposals, in the phase in which the round votes; loaded as `get_poll` does."""
    found = found or a_voting_round()
    titles = [f"Voorstel {n}" for n in range(1, proposals + 1)]
    things = [a_proposal_in(found, title) for title in titles]
    phase = phase or phase_of(found, PhaseKind.PRIORITISE)
    poll = verbs.create_poll(found, phase, the_platform(), title="Wat vindt u van deze voorstellen?", method=method)
    if method is not Method.SUPPORT:
        verbs.add_options(poll, [(thing.id, thing.public_id, 1000) for thing in things])
    return poll


def options_of(poll: Poll) -> list[Option]:
    """The options of a poll by the title of their proposal, loaded as `get_option` does."""
    ids = session().scalars(
        select(Option.id).join(Option.contribution).where(Option.poll_id == poll.id).order_by(Contribution.title)
    )
    return [get_option(the_platform(), poll.round.slug, option_id) for option_id in ids.all()]


def an_option(found: Round | None = None) -> Option:
    """One option of a poll that is open now."""
    return options_of(a_poll(found, proposals=1))[0]


def votes(person: Person, option: Option, choice: Choice, at: datetime | None = None) -> None:
    """Let a person vote."""
    verbs.cast_support(option, acting(person, at), choice)


def residents(number: int) -> list[Person]:
    """Several people who live here."""
    return [a_resident() for _ in range(number)]


def merged(option: Option, into: Option | None) -> None:
    """Merge one option's proposal into another one's, or split it again."""
    verbs.merge_options(option.contribution_id, into.contribution_id if into else None)
    session().flush()
    session().refresh(option, ["merged_into_id"])


def reread(options: Sequence[Option]) -> list[Option]:
    """The same options as the next request finds them."""
    slugs = [(option.poll.round.slug, option.id) for option in options]
    session().flush()
    session().expunge_all()
    return [get_option(the_platform(), slug, option_id) for slug, option_id in slugs]


def reread_poll(poll: Poll) -> Poll:
    """The same poll as the next request finds it."""
    slug = poll.round.slug
    session().flush()
    session().expunge_all()
    return get_poll(the_platform(), slug, poll.id)


def reread_round(found: Round) -> Round:
    """The same round as the next request finds it."""
    session().flush()
    session().expunge_all()
    return get_round(the_platform(), found.slug)


def closed_for_good(phase: Phase, at: datetime) -> None:
    """Close a phase without waiting."""
    phase.closed_at = at
    add(phase)


def a_batch(found: Round, number: int = 1, area_code: str = "") -> list[str]:
    """Codes of a round for the letters to one area, whatever the round asks; unused."""
    batch = add(
        CodeBatch(
            round_id=found.id,
            number=(session().scalar(select(func.max(CodeBatch.number))) or 0) + 1,
            area_code=area_code or an_area().code,
            issued_at=clock.now(),
        )
    )
    first = (session().scalar(select(func.max(LetterCode.serial)).where(LetterCode.round_id == found.id)) or 0) + 1
    drawn = electorate.draw_codes(number, CODES_KEY)
    for serial, (_code, stored) in enumerate(drawn, start=first):
        add(LetterCode(round_id=found.id, batch_id=batch.id, serial=serial, hash=stored))
    return [code for code, _stored in drawn]
