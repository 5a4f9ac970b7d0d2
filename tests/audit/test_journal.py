import hashlib

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from consult.audit.models import Entry
from consult.audit.verbs import canonical, record, record_many
from consult.foundation.db import session
from consult.policy import Act
from tests.builders import a_resident, a_round, acting, the_platform
from tests.shows import shows


def test_an_entry_says_who_did_what_to_what(unit):
    found, person = a_round(), a_resident()
    entry = record(Act.SUBMIT_PROPOSAL, acting(person), found, number=3)
    session().flush()
    assert (entry.act, entry.actor_id, entry.subject_id) == ("submit_proposal", person.id, found.id)
    assert entry.round_id == found.id
    assert entry.facts == {"number": 3}
    assert entry.digest == hashlib.sha256(canonical(entry)).digest()


def test_the_digest_is_the_same_when_the_entry_is_read_again(unit):
    entry = record(Act.READ_SITE, the_platform(), None, words=["é", 1])
    again = session().get(Entry, entry.position)
    assert hashlib.sha256(canonical(again)).digest() == again.digest


def test_many_entries_say_what_each_of_them_would_say_alone_in_their_order(unit):
    rounds, actor = [a_round() for _ in range(3)], acting(a_resident())
    alone = record(Act.CODE, actor, rounds[0], themes=["t1"], bulk=rounds[1].id)
    record_many(Act.CODE, actor, ((one, {"themes": ["t1"], "bulk": rounds[1].id}) for one in rounds))
    found = list(session().scalars(select(Entry).where(Entry.act == "code").order_by(Entry.position)))
    assert [one.subject_id for one in found] == [rounds[0].id, *(one.id for one in rounds)]
    told = [(one.act, one.result, one.actor_id, one.subject_kind, one.facts) for one in found]
    assert told == [("code", "done", actor.person_id, "round", alone.facts)] * 4
    assert all(one.digest == hashlib.sha256(canonical(one)).digest() for one in found)
    record_many(Act.CODE, actor, [])
    assert session().scalar(select(func.count(Entry.position)).where(Entry.act == "code")) == 4


@shows("R91")
@pytest.mark.parametrize("change", ["update entry set act = 'x'", "delete from entry"])
def test_the_database_refuses_to_change_the_journal(unit, change):
    record(Act.READ_SITE, the_platform())
    session().flush()
    with pytest.raises(DBAPIError, match="never changed"):
        session().execute(text(change))


@shows("R94")
def test_a_denial_is_written_down_after_the_rollback(site):
    with site.writing():
        person = a_resident()
    assert site.browser(person).get("/staff/people").status_code == 403
    with site.reading():
        denied = session().query(Entry).filter_by(result="denied").one()
    assert denied.act == "read_people"
    assert denied.actor_id == person.id
