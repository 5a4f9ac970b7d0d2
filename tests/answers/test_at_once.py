from sqlalchemy import func, select

from consult.answers.queries import get_answers
from consult.answers.verbs import publish_answers, sign_answers
from consult.foundation.db import Database, session
from consult.foundation.mail import Mail
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.verbs import set_outcome
from consult.workbench.models import Bulk, BulkKind
from consult.workbench.verbs import carry_out, plan
from tests.answers.builders import a_signed_answer
from tests.synthesis.builders import a_contribution, a_desk
from tests.synthesis.test_at_once import AT_ONCE, all_at_once

ONE_OF_THEM = ["conflict"] * (AT_ONCE - 1) + ["done"]


def test_of_several_who_sign_one_does_and_the_others_hear_of_it(empty_database: Database) -> None:
    with empty_database.writing():
        desk = a_desk()
        outcome_id = set_outcome(a_contribution(desk.round), OutcomeKind.PARTLY, "Deels.", desk.writer).id

    def sign(_number: int) -> None:
        sign_answers(get_answers(desk.round.id, [outcome_id]), desk.second)

    assert all_at_once(empty_database, sign) == ONE_OF_THEM


def test_of_several_who_publish_one_does_and_everybody_is_told_once(empty_database: Database) -> None:
    with empty_database.writing():
        desk = a_desk()
        outcome_id = a_signed_answer(a_contribution(desk.round)).id

    def publish(_number: int) -> None:
        publish_answers(get_answers(desk.round.id, [outcome_id]), desk.second)

    assert all_at_once(empty_database, publish) == ONE_OF_THEM
    with empty_database.reading():
        assert session().scalar(select(func.count(Mail.id)).where(Mail.kind == "outcome")) == 1


def test_a_plan_that_is_sent_several_times_is_carried_out_once(empty_database: Database) -> None:
    with empty_database.writing():
        desk = a_desk()
        inputs = [a_contribution(desk.round, title) for title in ("Aap", "Noot", "Mies")]
        bulk_id = plan(desk.round, BulkKind.ANSWER, {"kind": "partly", "reason": "Deels."}, inputs, desk.writer).id

    def work(_number: int) -> None:
        carry_out(session().get_one(Bulk, bulk_id), desk.round, desk.writer)

    assert all_at_once(empty_database, work) == ONE_OF_THEM
    with empty_database.reading():
        assert session().scalar(select(func.count(Outcome.id))) == len(inputs)
