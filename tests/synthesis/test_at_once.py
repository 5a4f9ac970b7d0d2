from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from consult.contributions.models import Contribution
from consult.foundation.db import Database, session
from consult.foundation.errors import Conflict
from consult.synthesis import releasing, verbs
from consult.synthesis.drafts import get_newest, get_paragraph
from consult.synthesis.models import Draft, Outcome, OutcomeKind, Paragraph, Section
from tests.synthesis.builders import a_contribution, a_desk, a_draft, a_paragraph

AT_ONCE = 6


def all_at_once(database: Database, work: Callable[[int], object]) -> list[str]:
    """Do the same in several transactions that begin together; say what each came to."""
    gate = Barrier(AT_ONCE)

    def one(number: int) -> str:
        gate.wait()
        try:
            database.write(lambda: work(number))
        except Conflict:
            return "conflict"
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(one, range(AT_ONCE)))


def test_of_several_saves_of_one_paragraph_one_is_kept(empty_database: Database) -> None:
    with empty_database.writing():
        desk = a_desk()
        paragraph_id = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer).id

    def save(number: int) -> None:
        found = get_paragraph(desk.writer, desk.round.slug, paragraph_id)
        text = f"Tekst {number}."
        verbs.edit_paragraph(found, desk.writer, text=text, html=text, is_editorial=False, version=1)

    assert all_at_once(empty_database, save) == ["conflict"] * (AT_ONCE - 1) + ["done"]
    with empty_database.reading():
        assert session().scalar(select(Paragraph.version)) == 2


def test_of_several_outcomes_one_counts_and_all_are_kept(empty_database: Database) -> None:
    with empty_database.writing():
        desk = a_desk()
        contribution_id = a_contribution(desk.round).id

    def weigh(number: int) -> None:
        found = session().get_one(Contribution, contribution_id)
        verbs.set_outcome(found, OutcomeKind.PARTLY, f"Reden {number}.", desk.writer)

    assert all_at_once(empty_database, weigh) == ["done"] * AT_ONCE
    with empty_database.reading():
        assert session().scalar(select(func.count(Outcome.id))) == AT_ONCE
        assert session().scalar(select(func.count(Outcome.id)).where(Outcome.replaced_at.is_(None))) == 1


def test_a_draft_is_submitted_once_and_nothing_slips_in_after(empty_database: Database) -> None:
    with empty_database.writing():
        desk = a_desk()
        a_draft(desk)

    def submit_or_write(number: int) -> None:
        found = get_newest(desk.writer, desk.round.slug)
        if number % 2:
            releasing.submit_draft(found, desk.writer)
        else:
            verbs.add_section(found, f"Hoofdstuk {number}", desk.writer)

    told = all_at_once(empty_database, submit_or_write)
    with empty_database.reading():
        late = session().scalar(select(func.count(Section.id)).where(Section.position > 1)) or 0
        assert session().scalar(select(Draft.submitted_at)) is not None
    assert told.count("done") == late + 1
