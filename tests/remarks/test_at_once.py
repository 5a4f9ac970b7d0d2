from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from consult.contributions.models import Kind
from consult.foundation.db import Database, session
from consult.foundation.errors import Conflict
from consult.policy import Actor
from consult.remarks.queries import get_read_paragraph
from consult.remarks.verbs import add_remark
from consult.synthesis import releasing
from consult.synthesis.drafts import get_newest
from consult.synthesis.models import Carried, Remark
from tests.builders import a_resident, acting
from tests.remarks.builders import a_drafting_desk, a_published_draft, being_written, paragraphs_of, whole


def test_what_is_said_while_the_next_version_is_published_is_carried_or_refused(empty_database: Database) -> None:
    with empty_database.writing():
        desk = a_drafting_desk()
        a_published_draft(desk)
        stable_id = paragraphs_of(whole(desk))[0].stable_id
        releasing.submit_draft(being_written(desk), desk.writer)
        people: list[Actor] = [acting(a_resident()) for _ in range(5)]
    slug, gate = desk.round.slug, Barrier(6)

    def publish() -> None:
        releasing.publish_draft(get_newest(desk.second, slug), desk.second)

    def say(number: int) -> None:
        about = get_read_paragraph(people[number], slug, 1, stable_id)
        add_remark(about, people[number], Kind.REMARK, text=f"Nummer {number}.", html=f"<p>Nummer {number}.</p>")

    def work(number: int) -> str:
        gate.wait()
        try:
            empty_database.write(publish if number == 5 else lambda: say(number))
        except Conflict:
            return "refused"
        return "done"

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(work, range(6)))
    with empty_database.reading():
        made = session().scalar(select(func.count()).select_from(Remark))
        carried = session().scalar(select(func.count()).select_from(Carried))
    assert told[5] == "done"
    assert made == carried == told[:5].count("done")
