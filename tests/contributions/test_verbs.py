from sqlalchemy import select

from consult.audit.models import Entry
from consult.audit.queries import list_entries
from consult.contributions import verbs
from consult.contributions.models import Contribution, Kind, State, Version
from consult.contributions.queries import list_versions
from consult.foundation import text
from consult.policy import Act
from consult.rounds.queries import get_revision
from tests.builders import a_resident, a_round, acting, the_platform
from tests.contributions.builders import a_contribution, rows
from tests.shows import shows


def received(found, **told):
    plain = {"title": "Bankjes", "text": "Zet een bankje.", "html": "<p>Zet een bankje.</p>", "author_id": None}
    return verbs.receive(found, Kind.PROPOSAL, actor=the_platform(), **(plain | told))


def test_what_comes_in_waits_where_the_round_holds_it(unit):
    assert received(a_round(holds_first=True)).state is State.HELD
    assert received(a_round(holds_first=False)).state is State.PUBLISHED
    assert received(a_round(holds_first=True), state=State.PUBLISHED).state is State.PUBLISHED


@shows("R41")
def test_the_first_version_and_the_renderer_are_kept(unit):
    new = received(a_round())
    [first] = list_versions(new.id)
    assert (first.number, first.title, first.text, first.html) == (1, new.title, new.text, new.html)
    assert new.renderer == text.RENDERER


def test_rewriting_keeps_what_was_there_before(unit):
    new = received(a_round())
    verbs.rewrite(new, title="Banken", text="Zet banken.", html="<p>Zet banken.</p>", at=new.received_at)
    assert new.version == 2
    assert [(v.number, v.title) for v in list_versions(new.id)] == [(2, "Banken"), (1, "Bankjes")]


def test_a_fingerprint_cannot_be_guessed_from_the_text(unit):
    one, same = received(a_round()), received(a_round())
    prints = {verbs.fingerprint(list_versions(c.id)[0]) for c in (one, same)}
    assert len(prints) == 2


def test_many_come_in_with_their_versions_and_one_entry_a_thousand(unit):
    found = a_round()
    before, entries = get_revision(found.id), len(list_entries(found.id))
    made = verbs.enter_many(found, Kind.PROJECT, rows(1001), the_platform())
    assert [c.reference for c in made] == [str(n) for n in range(1001)]
    assert len({c.public_id for c in made}) == 1001
    assert len(unit.scalars(select(Version.id)).all()) == 1001
    assert get_revision(found.id) == before + 1
    latest = list_entries(found.id, limit=2)
    assert len(list_entries(found.id)) == entries + 2
    assert [e.facts["count"] for e in latest] == [1, 1000]
    assert {e.act for e in latest} == {Act.IMPORT.value}


def test_the_journal_holds_no_word_of_a_batch(unit):
    found = a_round()
    verbs.enter_many(found, Kind.PROPOSAL, rows(3), the_platform())
    assert "Idee" not in str([e.facts for e in unit.scalars(select(Entry))])


def test_a_held_row_is_read_anew(unit):
    found, author = a_round(), a_resident()
    mine = a_contribution(found, author)
    changed = Contribution.__table__.update().where(Contribution.id == mine.id).values(state=State.WITHDRAWN)
    unit.connection().execute(changed)
    assert mine.state is State.PUBLISHED
    verbs.hold_rows(mine)
    assert mine.state is State.WITHDRAWN
    assert acting(author).person_id == mine.author_id
