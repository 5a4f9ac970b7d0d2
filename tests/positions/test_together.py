"""Members of one organisation at the same moment: nothing is there twice, nothing is lost, and somebody stays."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consult.contributions.models import Contribution, Kind
from consult.foundation.db import Database, session
from consult.foundation.errors import Conflict, NotNow
from consult.participants import organisations
from consult.participants.models import Membership, Organisation, Person
from consult.participants.queries import list_representatives
from consult.policy import MemberDuty
from consult.positions import rules, verbs
from consult.positions.models import CoSign, PositionDraft, PositionVersion
from consult.rounds.models import Round
from consult.rounds.queries import get_round
from tests.builders import acting, the_platform
from tests.participants.builders import an_organisation, join, somebody
from tests.positions.builders import a_mandate, a_position, a_round_with_statements, a_text, draft, position_of, writing
from tests.shows import shows
from tests.together import at_once

TIMES = 4


def kept(load: Callable[[], Callable[[], object]]) -> Callable[[], Callable[[], object]]:
    """A work of which every refusal counts as a conflict, as the door answers it."""

    def work() -> Callable[[], object]:
        step = load()

        def carry_out() -> object:
            try:
                return step()
            except (NotNow, IntegrityError) as refusal:
                raise Conflict from refusal

        return carry_out

    return work


def a_pair(database: Database) -> tuple[str, Organisation, list[Person]]:
    """An organisation with two who represent it, and a round for which they write."""
    with database.writing():
        people = [somebody(), somebody()]
        body = an_organisation(representative=people[0])
        join(body, people[1], MemberDuty.REPRESENTATIVE)
        return a_round_with_statements().slug, body, people


def round_of(slug: str) -> Round:
    return get_round(the_platform(), slug)


@shows("R67")
def test_two_who_send_in_at_once_send_in_one_position(empty_database):
    for _ in range(TIMES):
        slug, body, people = a_pair(empty_database)
        with empty_database.writing():
            draft(round_of(slug), body, people[0])

        def sends(person, slug=slug, body=body):
            def load():
                place = writing(round_of(slug), body, person)
                return lambda: verbs.submit(place, acting(person), version=1)

            return kept(load)

        assert sorted(at_once(empty_database, *map(sends, people))) == [False, True]
        with empty_database.reading():
            wanted = select(Contribution).where(
                Contribution.organisation_id == body.id, Contribution.kind == Kind.POSITION
            )
            [one] = session().scalars(wanted)
            versions = select(PositionVersion).where(PositionVersion.contribution_id == one.id)
            assert len(session().scalars(versions).all()) == 1


def test_two_who_save_at_once_keep_one_text_and_are_told_of_the_other(empty_database):
    for _ in range(TIMES):
        slug, body, people = a_pair(empty_database)
        with empty_database.writing():
            draft(round_of(slug), body, people[0])

        def saves(person, text, slug=slug, body=body):
            def load():
                found = round_of(slug)
                place = writing(found, body, person)
                return lambda: verbs.save_draft(place, a_text(found, text=text), acting(person), version=1)

            return kept(load)

        done = at_once(empty_database, saves(people[0], "Een"), saves(people[1], "Twee"))
        assert sorted(done) == [False, True]
        with empty_database.reading():
            [one] = session().scalars(select(PositionDraft).where(PositionDraft.organisation_id == body.id))
            assert rules.from_fields(one.fields).text == ("Een" if done[0] else "Twee")


def test_of_the_last_two_who_represent_it_one_stays(empty_database):
    for _ in range(TIMES):
        _slug, body, people = a_pair(empty_database)

        def leaves(person, body=body):
            def load():
                organisation = session().get_one(Organisation, body.id)
                return lambda: organisations.leave(organisation, acting(person))

            return kept(load)

        def demotes(person, body=body):
            def load():
                wanted = select(Membership).where(
                    Membership.organisation_id == body.id, Membership.person_id == person.id
                )
                mine = session().scalars(wanted).one()
                return lambda: organisations.set_duty(mine, MemberDuty.MEMBER, acting(person))

            return kept(load)

        assert sorted(at_once(empty_database, leaves(people[0]), demotes(people[1]))) == [False, True]
        with empty_database.reading():
            assert len(list_representatives(body.id)) == 1


def test_who_signs_while_the_position_changes_signs_what_was_read(empty_database):
    for _ in range(TIMES):
        slug, body, people = a_pair(empty_database)
        with empty_database.writing():
            found = round_of(slug)
            new = a_position(found, body, people[0])
            signer = somebody()
            other = an_organisation(representative=signer)
            draft(found, body, people[0], a_text(found, text="Anders."))

        def signs(slug=slug, new=new, other=other, signer=signer):
            found = round_of(slug)
            position, wanted = position_of(new, found), [found.themes[0].id]
            theirs = session().get_one(Organisation, other.id)
            return lambda: verbs.co_sign(position, theirs, wanted, a_mandate(), acting(signer), number=1)

        def changes(slug=slug, body=body, person=people[0]):
            place = writing(round_of(slug), body, person)
            return lambda: verbs.submit(place, acting(person), version=2)

        signed, changed = at_once(empty_database, kept(signs), kept(changes))
        assert changed
        with empty_database.reading():
            signs_there = session().scalars(select(CoSign).where(CoSign.organisation_id == other.id)).all()
            assert [one.number for one in signs_there] == ([1] if signed else [])
