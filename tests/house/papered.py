"""What `tests/house/who.py` needs of the synthesis report and of documents: a report with a finding, and their acts."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from sqlalchemy import select

from consult.contributions.models import Contribution
from consult.documents.errands import everybody
from consult.documents.models import Ending, PaperFile, PaperKind, Step
from consult.documents.papers import compose
from consult.documents.queries import get_made, get_paper
from consult.documents.telling import Telling
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.files import Store
from consult.participants.models import Person
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.weighing import verbs
from consult.weighing.models import Chapter, FindingKind, FindingSource
from consult.weighing.rules import Told
from tests import builders, servers
from tests.contributions.builders import A_PDF
from tests.site import ORIGIN

TYPED_PAGES = ("texts_page", "write_texts", "publish_texts")


@dataclass
class Papered:
    """Values for addresses and forms, and by act what it is done to."""

    url: dict[str, Any]
    typed: dict[str, Any]
    elsewhere: dict[str, dict[str, Any]]
    subjects: dict[Act, Callable[[Actor], Any]]


def papered(found: Round, proposal: Contribution, moderator: Person) -> Papered:
    """A report that is being written, with one argument that rests on the proposal."""
    acting = builders.acting(moderator)
    report = verbs.begin_report(found, acting)
    chapter = (
        session().scalars(select(Chapter).where(Chapter.report_id == report.id).order_by(Chapter.position)).first()
    )
    assert chapter
    finding = verbs.add_finding(chapter, Told(FindingKind.FOR, "Groen is koel."), acting)
    verbs.cite(finding, [proposal], acting)
    source = session().scalars(select(FindingSource)).one()
    return Papered(
        {
            "chapter_id": chapter.id,
            "finding_id": finding.id,
            "finding_source_id": source.id,
            "paper": "draft",
            "ending": "pdf",
        },
        {"finding": "for", "picked": [f"contribution/{proposal.public_id}"]},
        {f"documents.{name}": {"paper": "participation-report"} for name in TYPED_PAGES},
        {
            Act.READ_DOCUMENT: lambda actor: get_paper(actor, found.slug, "draft"),
            Act.MAKE_DOCUMENT: lambda actor: get_made(actor, found.slug, "draft", "pdf"),
        },
    )


def keep_a_file(found: Round) -> None:
    """A file of the draft as everybody reads it now, made before the round changed in something else."""
    document = compose(PaperKind.DRAFT, found, Telling(everybody(), ORIGIN, "nl", 10))
    stored = Store(servers.run_folder() / "files").take("draft.pdf", BytesIO(A_PDF))
    now = clock.now()
    made = {"step": Step.DONE, "asked_at": now, "made_at": now, "size": stored.size, "sha256": stored.sha256}
    of = {"round_id": found.id, "paper": PaperKind.DRAFT, "ending": Ending.PDF, "language": "nl"}
    add(PaperFile(**of, **made, content_hash=document.content_hash, stored_name=stored.stored_name))
