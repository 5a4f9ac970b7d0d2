from datetime import timedelta

import pytest

from consult.contributions.models import State
from consult.decisions.models import Commitment
from consult.decisions.verbs import CommitmentTold, promise, settle_commitment
from consult.director.actions.models import Action
from consult.director.tasks.models import Challenge, ChallengeState, Choice, Task
from consult.field.models import AdviceRequest, Outreach, PartyKind, ReachKind
from consult.field.reaching import ask_advice, note_advice
from consult.field.verbs import PartyTold, add_party
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.mandates.models import Gate, GateKind, Rung
from consult.notifications.errands import remind
from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind
from tests.builders import a_member_of_staff, a_phase, a_round, acting, an_authority, appoint, phase_of
from tests.contributions.builders import a_contribution
from tests.director.builders import today
from tests.notifications.builders import delivered, every_mail, text_of
from tests.notifications.test_telling import named, told
from tests.shows import shows


@pytest.fixture
def database(empty_database):
    with empty_database.writing():
        an_authority()
    return empty_database


def before():
    """Let something have been recorded earlier: nobody is reminded on the same day."""
    return clock.set_to(clock.now() - timedelta(days=1))


def in_days(number):
    return today() + timedelta(days=number)


class Team:
    """A round with its director, two moderators and its board sponsor."""

    def __init__(self, **more):
        self.round = a_round(**more)
        self.round.title = "Wijken 2040"
        self.director, self.board = a_member_of_staff(Role.DIRECTOR), a_member_of_staff(Role.BOARD)
        self.moderator, self.other = a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.MODERATOR)
        for person, duty, name in (
            (self.director, Duty.DIRECTOR, "regisseur"),
            (self.moderator, Duty.MODERATOR, "vrager"),
            (self.other, Duty.MODERATOR, "ander"),
            (self.board, Duty.BOARD_SPONSOR, "wethouder"),
        ):
            appoint(self.round, person, duty)
            person.name = name
        self.names = named(self.director, self.board, self.moderator, self.other)

    def asks(self, due_on):
        party = add_party(self.round, PartyTold("Beheer", PartyKind.INTERNAL), acting(self.director))
        with before():
            return ask_advice(self.round, party, "Kan dit?", due_on, acting(self.moderator))

    def promises(self, due_on, text="Elke wijk krijgt een gesprek."):
        said = CommitmentTold(text, "wethouder", in_days(-20), due_on)
        with before():
            return promise(self.round, said, acting(self.director))


def starts(team, planned_on):
    by = {"started_by_id": team.moderator.id, "started_at": clock.now() - timedelta(days=1)}
    group = {"kind": ReachKind.AGE, "code": "a15_25", "what": "Een les op school"}
    return add(Outreach(round_id=team.round.id, planned_on=planned_on, **group, **by))


@shows("S04", "S16")
def test_who_asked_and_the_director_are_reminded_once_before_the_day_and_once_after_it(database):
    with database.writing():
        team = Team()
        team.asks(in_days(2))
        names = team.names
    assert remind(database) == 1
    assert remind(database) == 0
    assert {name for name, _subject in told(database, names)} == {"vrager", "regisseur"}
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert remind(database) == 0  # on the day itself nobody is pressed
    with clock.set_to(clock.now() + timedelta(days=4)):
        assert remind(database) == 1
        assert remind(database) == 0
        after = delivered(database)
    assert {names[str(one["To"])] for one in after} == {"vrager", "regisseur"}
    assert all("klaar had moeten zijn" in str(one["Subject"]) for one in after)
    assert all("Advies: Beheer" in text_of(one) for one in after)


@shows("S16", "S28")
def test_all_that_one_round_has_on_one_day_is_one_message_and_each_reads_what_is_for_them(database):
    with database.writing():
        team = Team()
        team.asks(in_days(1))
        team.promises(in_days(1))
        starts(team, in_days(1))
        for number in range(30):
            about = a_contribution(team.round, state=State.PUBLISHED)
            plan = {"text": f"Boom {number}", "owner": "team Groen", "due_on": in_days(1)}
            add(Action(contribution_id=about.id, written_at=clock.now() - timedelta(days=1), **plan))
        names = team.names
    assert remind(database) == 1
    got = {names[str(one["To"])]: text_of(one) for one in delivered(database)}
    assert set(got) == {"regisseur", "vrager", "wethouder"}
    assert "Toezegging: Elke wijk krijgt een gesprek." in got["wethouder"]
    assert "Advies" not in got["wethouder"]
    assert "Toezegging" not in got["vrager"]
    assert "Actie om mensen te bereiken: Een les op school" in got["vrager"]
    assert "Actie na het besluit: Boom 1" in got["regisseur"]
    assert "en nog 13" in got["regisseur"]
    assert f"/staff/rounds/{team.round.slug}/actions" in got["regisseur"]
    assert f"/staff/rounds/{team.round.slug}/board" in got["vrager"]
    assert f"/staff/rounds/{team.round.slug}/commitments" in got["wethouder"]


def test_what_was_done_before_the_message_went_out_is_told_to_nobody(database):
    with database.writing():
        team = Team()
        request, promised = team.asks(in_days(1)), team.promises(in_days(1))
        ids, moderator, director = (request.id, promised.id), acting(team.moderator), acting(team.director)
    assert remind(database) == 1
    with database.writing():
        note_advice(session().get_one(AdviceRequest, ids[0]), "Ja.", today(), moderator)
        settle_commitment(session().get_one(Commitment, ids[1]), "Gedaan.", director, is_kept=True)
    assert delivered(database) == []


def test_what_gets_a_day_after_its_message_went_out_is_told_in_a_next_one(database):
    with database.writing():
        team = Team()
        team.promises(in_days(2), "Eerste.")
    assert remind(database) == 1
    delivered(database)
    with database.writing():
        team.promises(in_days(2), "Tweede.")
        team.promises(in_days(2), "Derde.")
    assert (remind(database), remind(database)) == (1, 0)
    after = delivered(database)
    assert len(after) == 2  # the director and the sponsor
    assert all("Tweede." in text_of(one) and "Derde." in text_of(one) for one in after)
    assert not [one for one in after if "Eerste." in text_of(one)]
    with database.writing():
        team.promises(in_days(2), "Vierde.")
    assert (remind(database), remind(database)) == (1, 0)


def test_a_message_about_a_day_to_come_that_waited_too_long_is_not_sent(database):
    with database.writing():
        team = Team()
        team.promises(in_days(1))
    assert remind(database) == 1
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert delivered(database) == []


def test_nobody_is_reminded_on_the_day_on_which_it_was_recorded(database):
    with database.writing():
        team = Team(phases=(a_phase(PhaseKind.COLLECT, -20, 1), a_phase(PhaseKind.FEEDBACK, 2, 20)))
        phase_of(team.round, PhaseKind.FEEDBACK).cleared_at = None
        add(Gate(round_id=team.round.id, kind=GateKind.P2, made_at=clock.now(), asked_at=clock.now()))
        said = CommitmentTold("Elke wijk krijgt een gesprek.", "wethouder", today(), in_days(2))
        promise(team.round, said, acting(team.director))
    assert remind(database) == 0
    with clock.set_to(clock.now() + timedelta(days=1)):
        assert remind(database) == 2


def test_who_may_do_nothing_about_it_any_more_is_not_told(database):
    with database.writing():
        team = Team()
        request = team.asks(in_days(1))
        request.asked_by_id = a_member_of_staff(Role.MODERATOR).id  # was appointed when they asked
        names = team.names
    remind(database)
    assert [name for name, _subject in told(database, names)] == ["regisseur"]


@pytest.mark.parametrize("more", [{"state": "draft"}, {"is_practice": True}])
def test_of_a_round_that_nobody_can_see_nobody_is_told(database, more):
    with database.writing():
        team = Team()
        team.promises(in_days(1))
        for name, value in more.items():
            setattr(team.round, name, value)
    assert remind(database) == 0


def test_what_is_late_for_weeks_already_is_not_told_anew(database):
    with database.writing():
        team = Team()
        team.promises(in_days(-8))
        team.promises(in_days(4), "Later.")
    assert remind(database) == 0
    with database.reading():
        assert every_mail("day_near") == []


@shows("S09", "L02")
def test_the_board_is_reminded_of_requests_and_the_contract_manager_of_tasks_to_look_back_on(database):
    with database.writing():
        board, manager = a_member_of_staff(Role.BOARD), a_member_of_staff(Role.CONTRACTS)
        board.name, manager.name = "wethouder", "contractmanager"
        asked = {"better": "x", "who": "x", "support": "x", "cost": 1, "conditions": []}
        asked["asked_at"] = long_ago = clock.now() - timedelta(days=20)
        for title in ("Het park", "De speeltuin"):
            add(Challenge(title=title, reply_by=in_days(2), state=ChallengeState.ASKED, **asked))
        chosen = {"choice": Choice.DO, "rung": Rung.DIRECT, "because": "Het kan.", "written_at": long_ago}
        add(Task(title="De bus", review_on=in_days(2), **chosen))
        names = named(board, manager)
    assert remind(database) == 1
    got = {names[str(one["To"])]: text_of(one) for one in delivered(database)}
    assert "Het park" in got["wethouder"]
    assert "De bus" not in got["wethouder"]
    assert "/challenges\r\n" in got["wethouder"]
    assert "Kijk terug op een taak: De bus" in got["contractmanager"]
    assert "Het park" not in got["contractmanager"]


@shows("S16", "S39")
def test_who_has_not_signed_is_reminded_before_the_phase_begins_and_once_it_should_have(database):
    with database.writing():
        team = Team(phases=(a_phase(PhaseKind.COLLECT, -20, 1), a_phase(PhaseKind.FEEDBACK, 2, 20)))
        phase_of(team.round, PhaseKind.FEEDBACK).cleared_at = None
        made = {"made_at": clock.now(), "asked_at": clock.now() - timedelta(days=1)}
        add(Gate(round_id=team.round.id, kind=GateKind.P2, **made))
        names = team.names
    assert remind(database) == 1
    assert remind(database) == 0
    assert [name for name, _subject in told(database, names)] == ["wethouder"]
    with clock.set_to(clock.now() + timedelta(days=4)):
        assert remind(database) == 1
        assert [name for name, _subject in told(database, names)] == ["wethouder"]
