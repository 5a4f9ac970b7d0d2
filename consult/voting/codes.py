"""Finding letter codes and their batches; none can be read back."""

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Actor
from consult.rounds.models import Area, Round
from consult.voting import rules
from consult.voting.models import CodeBatch, Credential, LetterCode, PaperBallot, Register


@dataclass(frozen=True)
class Batch:
    """A batch of letter codes with what became of them; `first` and `last` are numbers on letters."""

    batch: CodeBatch
    area: str | None
    issued: int
    used: int
    replaced: int
    first: int
    last: int

    @property
    def unused(self) -> int:
        """How many can still be used."""
        return self.issued - self.used - self.replaced


def find_code(slug: str, stored: bytes) -> LetterCode | None:
    """Find a letter code of a round by the form in which it is stored."""
    wanted = select(LetterCode).join(Round, Round.id == LetterCode.round_id)
    return session().scalar(wanted.where(Round.slug == slug, LetterCode.hash == stored))


def waits_on_paper(letter_id: uuid.UUID) -> bool:
    """Say whether a ballot on paper that came with a letter waits for a second person."""
    return session().scalar(select(PaperBallot.id).where(PaperBallot.letter_id == letter_id).limit(1)) is not None


def is_own_code(round_id: uuid.UUID, code: str, actor: Actor) -> bool:
    """Say whether it was the actor who used a code in a round; asked only about a code that was typed just now."""
    key = session().scalar(select(Register.key).where(Register.round_id == round_id))
    if key is None or actor.account_id is None:
        return False
    both = [
        rules.credential_hash(key, kind, name) for kind, name in (("code", code), ("account", str(actor.account_id)))
    ]
    wanted = select(Credential.voter_id).where(Credential.round_id == round_id, Credential.hash.in_(both))
    voters = session().scalars(wanted).all()
    return len(voters) == len(both) and len(set(voters)) == 1


def list_batches(round_id: uuid.UUID, *, on_list: bool = False) -> list[Batch]:
    """List the batches of letter codes of a round, or those of its list, with how many were used and replaced.

    The newest stands first.
    """
    wanted = (
        select(
            CodeBatch,
            Area.name,
            func.count(),
            func.count(LetterCode.used_on),
            func.count(LetterCode.replaced_at),
            func.min(LetterCode.serial),
            func.max(LetterCode.serial),
        )
        .join(LetterCode, LetterCode.batch_id == CodeBatch.id)
        .outerjoin(Area, Area.code == CodeBatch.area_code)
        .where(CodeBatch.round_id == round_id, LetterCode.is_list.is_(on_list))
        .group_by(CodeBatch.id, Area.name)
        .order_by(CodeBatch.number.desc())
    )
    return [Batch(*row) for row in session().execute(wanted)]


def get_batch(actor: Actor, slug: str, number: int) -> CodeBatch:
    """Return a batch of letter codes of a round that the actor may know of; raises NotFound."""
    is_letters = select(LetterCode.id).where(LetterCode.batch_id == CodeBatch.id, LetterCode.is_list.is_(False))
    wanted = select(CodeBatch).join(CodeBatch.round).where(Round.slug == slug, CodeBatch.number == number)
    wanted = wanted.where(is_letters.exists())
    found = session().scalar(wanted.options(contains_eager(CodeBatch.round).selectinload(Round.phases)))
    if found is None or not (found.round.is_public or actor.serves(found.round_id)):
        raise NotFound
    return found
