from dataclasses import replace

import pytest
from sqlalchemy import select

from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.mail import Mail
from consult.mandates.models import Negotiable, PreconditionKind, Side
from consult.mandates.queries import find_change, list_changes, list_preconditions
from consult.mandates.verbs import (
    FixedTold,
    PreconditionPlan,
    drop_change,
    open_round,
    propose_change,
    set_preconditions,
    sign_change,
)
from consult.notifications.audience import list_concerned
from consult.policy import Duty
from consult.rounds.models import PhaseKind
from consult.synthesis.releasing import begin_draft
from consult.synthesis.verbs import cite
from tests.builders import a_moderator_of, a_resident, a_round, appoint, reloaded, the_platform
from tests.contributions.builders import a_contribution
from tests.decisions.builders import a_table
from tests.shows import shows
from tests.synthesis.builders import Desk, a_paragraph

pytestmark = pytest.mark.usefixtures("unit")
DIKE = PreconditionPlan(
    "R1", PreconditionKind.LEGAL, Negotiable.NO, "Niet bouwen bij de dijk", "De dijk moet veilig zijn."
)
MONEY = PreconditionPlan("R2", PreconditionKind.FINANCIAL, Negotiable.PARTLY, "Twee miljoen", "Zo is het begroot.")


def an_open_table():
    table = a_table(a_round(state="draft", phases=PhaseKind.COLLECT))
    set_preconditions(table.round, [DIKE], table(table.director))
    open_round(reloaded(table.round), the_platform())
    return table


def proposed(table, *plans, can=("Het plein",)):
    told = FixedTold(plans or (DIKE, MONEY), can, table.round.cannot_influence)
    return propose_change(table.round, told, "Er kwam geld bij.", table(table.director))


@shows("S15")
def test_what_is_fixed_changes_after_opening_only_when_both_sides_signed_and_everybody_is_told():
    table = an_open_table()
    author, elsewhere = a_resident(), a_resident()
    a_contribution(table.round, author)
    with pytest.raises(NotNow):
        set_preconditions(table.round, [DIKE, MONEY], table(table.director))
    change = proposed(table)
    sign_change(change, table.round, Side.CIVIL, table(table.official), seen=change.digest)
    assert [one.code for one in list_preconditions(table.round.id)] == ["R1"]
    assert "fixed_changed" not in set(session().scalars(select(Mail.kind)))
    sign_change(change, table.round, Side.BOARD, table(table.board), seen=change.digest)
    assert [one.code for one in list_preconditions(table.round.id)] == ["R1", "R2"]
    assert table.round.can_influence == ["Het plein"]
    assert [one.reason for one in list_changes(table.round.id)] == ["Er kwam geld bij."]
    told = session().scalars(select(Mail.facts).where(Mail.kind == "fixed_changed")).one()
    people = {one.person_id for one in list_concerned("fixed_changed", told)}
    assert author.id in people
    assert elsewhere.id not in people


@shows("S15")
def test_nobody_signs_a_change_for_both_sides_twice_or_unread():
    table = an_open_table()
    appoint(table.round, table.official, Duty.BOARD_SPONSOR)
    change = proposed(table)
    with pytest.raises(Conflict):
        sign_change(change, table.round, Side.CIVIL, table(table.official), seen="0" * 64)
    with pytest.raises(NotAllowed):
        sign_change(change, table.round, Side.CIVIL, table(table.director), seen=change.digest)
    sign_change(change, table.round, Side.CIVIL, table(table.official), seen=change.digest)
    with pytest.raises(Conflict):
        sign_change(change, table.round, Side.CIVIL, table(table.official), seen=change.digest)
    with pytest.raises(NotAllowed):
        sign_change(change, table.round, Side.BOARD, table(table.official), seen=change.digest)


def test_a_change_says_why_keeps_what_people_read_and_waits_alone():
    table = an_open_table()
    director = table(table.director)
    same = FixedTold([DIKE], table.round.can_influence, table.round.cannot_influence)
    for told, reason in (
        (same, "Zomaar."),
        (FixedTold([MONEY], ("Het plein",), ()), "Anders."),
        (FixedTold([DIKE, MONEY], (), ()), "Anders."),
        (FixedTold([DIKE, MONEY], ("Het plein",), ()), " "),
    ):
        with pytest.raises(Conflict):
            propose_change(table.round, told, reason, director)
    change = proposed(table)
    with pytest.raises(Conflict):
        proposed(table)
    drop_change(change, director)
    assert find_change(table.round.id) is None
    with pytest.raises(NotNow):
        sign_change(change, table.round, Side.CIVIL, table(table.official), seen=change.digest)
    with pytest.raises(NotNow):
        propose_change(a_round(state="draft"), same, "Nog niet open.", director)


def test_what_is_fixed_stays_as_it_is_once_the_council_decided():
    table = an_open_table()
    change = proposed(table)
    sign_change(change, table.round, Side.CIVIL, table(table.official), seen=change.digest)
    table.round.decided_at = clock.now()
    session().flush()
    with pytest.raises(NotNow, match="besluit"):
        sign_change(change, table.round, Side.BOARD, table(table.board), seen=change.digest)
    drop_change(change, table(table.director))
    with pytest.raises(NotNow, match="besluit"):
        proposed(table)
    assert [one.code for one in list_preconditions(table.round.id)] == ["R1"]


def test_while_a_round_is_prepared_what_is_left_out_is_fixed_no_more_unless_a_text_rests_on_it():
    found = a_round(state="draft")
    set_preconditions(found, [DIKE, MONEY], the_platform())
    set_preconditions(found, [MONEY], the_platform())
    assert [one.code for one in list_preconditions(found.id)] == ["R2"]
    desk = Desk(found, a_moderator_of(found), a_moderator_of(found))
    paragraph = a_paragraph(begin_draft(found, "Visie", desk.writer), desk.writer)
    cite(paragraph, desk.writer, precondition=list_preconditions(found.id)[0])
    with pytest.raises(Conflict, match="steunt"):
        set_preconditions(found, [DIKE], the_platform())


def test_two_things_that_are_fixed_have_no_code_in_common():
    twice = [DIKE, replace(MONEY, code=DIKE.code)]
    with pytest.raises(Conflict, match="dezelfde code"):
        set_preconditions(a_round(state="draft"), twice, the_platform())
    with pytest.raises(Conflict, match="dezelfde code"):
        proposed(an_open_table(), *twice)
