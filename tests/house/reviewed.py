"""What `tests/house/who.py` needs of a formal review: a term, somebody's formal view with a point, an own change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import select

from consult.foundation.db import add, session
from consult.participants.models import Person
from consult.policy import Act, Actor
from consult.review import answering, queries
from consult.review.models import Term
from consult.rounds.models import Round
from consult.synthesis.models import Draft, Section
from tests import builders
from tests.contributions.builders import A_PDF, the_store
from tests.review.builders import Desk, a_point, a_term, a_view, judged, today

OF_THE_TERM = (
    Act.SET_TERM,
    Act.NOTE_OUTAGE,
    Act.SUBMIT_VIEW,
    Act.ENTER_VIEW,
    Act.READ_VIEWS,
    Act.MAKE_OWN_CHANGE,
    Act.OFFER_NOTE,
    Act.RETURN_NOTE,
    Act.PUBLISH_NOTE,
)
OF_A_VIEW = (Act.ACKNOWLEDGE_VIEW, Act.JUDGE_VIEW, Act.SPLIT_VIEW, Act.NOTIFY_VIEW)


@dataclass
class Reviewed:
    """Values for addresses and forms, and by act what it is done to."""

    url: dict[str, Any]
    typed: dict[str, Any]
    subjects: dict[Act, Callable[[Actor], Any]]


def reviewed(found: Round, author: Person, moderator: Person, director: Person) -> Reviewed:
    """A term about the newest draft, one formal view of the author with a point, and a change by our own motion."""
    draft = session().scalars(select(Draft).where(Draft.round_id == found.id, Draft.number == 2)).one()
    acting, second = builders.acting(moderator), builders.acting(director)
    term = a_term(found, second, draft=draft)
    desk = Desk(found, term, second, acting, second)
    section = _a_section(term)
    view = judged(desk, a_view(desk, author, files=[the_store().take("bijlage.pdf", BytesIO(A_PDF))]))
    point = a_point(desk, view)
    own = answering.make_own_change(term, section, "Van 30 naar 25.", "Een rekenfout.", acting)
    url = {"point_id": point.id, "own_change_id": own.id, "view_file_id": view.files[0].id}
    return Reviewed(url, _typed(draft, section), _subjects(found.slug, point.id))


def _a_section(term: Term) -> Any:
    return add(Section(draft_id=term.draft_id, position=1, title="Groen")).id


def _typed(draft: Draft, section: Any) -> dict[str, Any]:
    yesterday = today() - timedelta(days=1)
    return {
        "draft": str(draft.id),
        "notice_reference": "gmb-2026-1",
        "notice_url": "https://gazette.test/gmb-2026-1",
        "notice_on": yesterday.isoformat(),
        "available_on": yesterday.isoformat(),
        "began_at": f"{yesterday.isoformat()}T10:00",
        "ended_at": f"{yesterday.isoformat()}T11:00",
        "writer": "M. de Wit",
        "verdict": "admissible",
        "summary": "Meer bomen.",
        "section": str(section),
        "change": "no",
    }


def _subjects(slug: str, point_id: Any) -> dict[Act, Callable[[Actor], Any]]:
    def term(actor: Actor) -> Any:
        return queries.get_term(actor, slug)

    def view(actor: Actor) -> Any:
        return queries.get_view(actor, slug, 1)

    def own(actor: Actor) -> Any:
        return queries.get_own_view(actor, slug, 1)

    def point(actor: Actor) -> Any:
        return queries.get_point(actor, slug, point_id)

    return {
        **dict.fromkeys(OF_THE_TERM, term),
        **dict.fromkeys(OF_A_VIEW, view),
        Act.READ_VIEW: own,
        Act.WITHDRAW_VIEW: own,
        Act.ANSWER_POINT: point,
        Act.SIGN_POINT: point,
    }
