"""Taking one's data along, and leaving."""

from sqlalchemy import delete, select, update

from consult.audit.verbs import record
from consult.contributions.models import Attachment, State, Version
from consult.director.tasks.models import Challenge, ChallengeState
from consult.foundation import mail
from consult.foundation.db import Base, session
from consult.foundation.errors import NotAllowed
from consult.foundation.language import gettext as _
from consult.groups import verbs as groups
from consult.moderation.models import Redaction
from consult.participants.models import AgeBracket, Person
from consult.policy import Act, Actor
from consult.privacy.queries import belongs, get_own, list_unneeded
from consult.privacy.rules import HELD, Fate
from consult.rounds.verbs import bump
from consult.similarity.verbs import forget
from consult.voting.electorate import forget_address
from consult.voting.models import Credential, Register
from consult.voting.rules import credential_hash
from consult.voting.verbs import withdraw_votes


def note_export(actor: Actor) -> None:
    """Write down that somebody took their data along; the package itself is kept nowhere."""
    record(Act.EXPORT_OWN, actor)


def erase(actor: Actor, *, with_texts: bool) -> None:
    """Take out everything that is somebody's own; what the file needs stays, as written by "a resident".

    Votes in polls that are open are withdrawn, and so are own requests to take a task over that wait. In polls that
    ended the tallies stay and what led from the person to their ballot is destroyed. `with_texts`: texts that nobody
    built on go too, and those of withdrawn requests. AVG article 17; what the authority needs for its task stays, by
    its third paragraph.
    """
    account, person = get_own(actor)
    if actor.is_staff:
        raise NotAllowed(_("Your account belongs to your work. Ask an administrator to end it."))
    address, language = account.email, account.language
    record(Act.ERASE_OWN, actor, person, with_texts=with_texts)
    withdraw_votes(actor)
    _part_from_ballots(actor, address)
    _withdraw_challenges(person, with_texts=with_texts)
    if with_texts:
        _take_texts(person)
    _delete_rows(actor)
    person.name, person.account_id, person.area_code, person.age = "", None, None, AgeBracket.UNKNOWN
    session().flush()
    session().delete(account)
    mail.enqueue("erased", address=address, language=language)


def _part_from_ballots(actor: Actor, address: str) -> None:
    """Destroy what leads from the account to its voters; the ballots stay, and are nobody's."""
    for register in session().scalars(select(Register).where(Register.key.is_not(None))).all():
        key = register.key or b""
        own = credential_hash(key, "account", str(actor.account_id))
        voter = select(Credential.voter_id).where(Credential.round_id == register.round_id, Credential.hash == own)
        known = session().scalars(voter).all()
        forget_address(register.round_id, key, address, known)
        session().execute(delete(Credential).where(Credential.voter_id.in_(known)))


def _withdraw_challenges(person: Person, *, with_texts: bool) -> None:
    """Take back the requests that somebody made for themselves; one for an organisation is of that organisation."""
    own = update(Challenge).where(Challenge.author_id == person.id, Challenge.organisation_id.is_(None))
    session().execute(own.where(Challenge.state == ChallengeState.ASKED).values(state=ChallengeState.WITHDRAWN))
    if with_texts:
        empty = {"title": _("Taken away by its author"), "better": "", "who": "", "support": ""}
        session().execute(own.where(Challenge.state == ChallengeState.WITHDRAWN).values(**empty))


def _take_texts(person: Person) -> None:
    gone = list_unneeded(person.id)
    forget([contribution.id for contribution in gone])
    groups.forget([contribution.id for contribution in gone])
    for contribution in gone:
        was_public = contribution.is_public
        contribution.title, contribution.text = _("Taken away by its author"), ""
        contribution.html, contribution.state, contribution.hidden = "", State.WITHDRAWN, []
        session().execute(update(Redaction).where(Redaction.contribution_id == contribution.id).values(passages=[]))
        session().execute(delete(Version).where(Version.contribution_id == contribution.id))
        session().execute(delete(Attachment).where(Attachment.contribution_id == contribution.id))  # files are swept
        if was_public:
            bump(contribution.round_id)


def _delete_rows(actor: Actor) -> None:
    """Delete the rows that are the actor's alone, those that point to others first."""
    places = {name: place for place, name in enumerate(t.name for t in Base.metadata.sorted_tables)}
    own = [held for held in HELD if held.fate is Fate.DELETE]
    for held in sorted(own, key=lambda held: -places[held.table]):
        table = Base.metadata.tables[held.table]
        session().execute(delete(table).where(belongs(held, table, actor)))
