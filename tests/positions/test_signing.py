import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consult.foundation.db import add
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.positions import queries, rules, verbs
from consult.positions.models import CoSign, PositionVersion
from tests.builders import a_moderator_of, acting
from tests.moderation.builders import taken_away
from tests.participants.builders import an_organisation, join, somebody
from tests.positions.builders import (
    a_mandate,
    a_text,
    mails,
    on,
    position_of,
    signed,
    submit,
)
from tests.shows import shows


@pytest.fixture
def other(round_):
    person = somebody("B. Vos")
    return an_organisation("Buurtkracht", person), person


@shows("S32")
def test_a_joint_position_lists_each_mandate_and_a_signature_taken_back_its_date(unit, round_, body, chair, other):
    organisation, signer = other
    new = submit(round_, body, chair, a_text(round_, {0: on(2, 3), 1: on(1, 1)}))
    first, second = signed(new, round_, organisation, signer, (0, 1), body="ledenraad")
    [mail, *_] = mails(unit, "co_signed")
    assert (mail.recipient_id, mail.facts["organisation"]) == (chair.id, str(organisation.id))
    verbs.withdraw_signature(first, acting(signer))
    [mail] = mails(unit, "co_signature_withdrawn")
    assert mail.recipient_id == chair.id
    shown = queries.list_co_signs(new.id)
    assert [(one.theme.name, one.mandate_body, one.withdrawn_at is None) for one in shown] == [
        ("Groen", "ledenraad", False),
        ("Verkeer", "ledenraad", True),
    ]
    assert shown[0].withdrawn_at is not None
    assert queries.list_positions(acting(None), round_, "name").items[0].signed_by == 1
    verbs.withdraw_signature(second, acting(signer))
    assert queries.list_positions(acting(None), round_, "name").items[0].signed_by == 0
    with pytest.raises(NotNow):
        verbs.withdraw_signature(second, acting(signer))
    signed(new, round_, organisation, signer)
    assert len(queries.list_co_signs(new.id)) == 3


def test_a_signature_is_for_what_the_theme_said_and_who_signed_is_asked_again(unit, round_, body, chair, other):
    organisation, signer = other
    new = submit(round_, body, chair, a_text(round_, {0: on(2, 3, "Bomen."), 1: on(1, 1, "Paden.")}))
    signed(new, round_, organisation, signer, (0, 1))
    submit(round_, body, chair, a_text(round_, {0: on(2, 3, "Struiken."), 1: on(1, 1, "Paden.")}))
    [mail] = mails(unit, "co_sign_asked")
    assert (mail.recipient_id, mail.facts["contribution"]) == (signer.id, str(new.id))

    def standing():
        by_number = queries.said_by_number(queries.list_position_versions(new.id))
        return {s.theme.name: rules.is_of_now(s, by_number, new.version) for s in queries.list_co_signs(new.id)}

    assert standing() == {"Groen": False, "Verkeer": True}
    [renewed] = signed(new, round_, organisation, signer, (0, 1))
    assert (renewed.number, renewed.theme_id) == (2, round_.themes[0].id)
    assert standing() == {"Groen": True, "Verkeer": True}
    assert len(unit.scalars(select(CoSign)).all()) == 3


def test_a_change_elsewhere_asks_nobody(unit, round_, body, chair, other):
    organisation, signer = other
    new = submit(round_, body, chair, a_text(round_, {0: on(2, 3)}))
    signed(new, round_, organisation, signer)
    submit(round_, body, chair, a_text(round_, {0: on(2, 3), 1: on(1, 1)}, text="Een ander begin."))
    assert mails(unit, "co_sign_asked") == []


def test_a_stance_that_is_given_up_leaves_signatures_for_what_is_no_longer_said(round_, body, chair, other):
    organisation, signer = other
    new = submit(round_, body, chair, a_text(round_, {0: on(2, 3), 1: on(1, 1)}))
    signed(new, round_, organisation, signer)
    submit(round_, body, chair, a_text(round_, {1: on(1, 1)}))
    by_number = queries.said_by_number(queries.list_position_versions(new.id))
    assert not rules.is_of_now(queries.list_co_signs(new.id)[0], by_number, 2)


def test_nobody_signs_for_another_organisation_or_under_their_own_position(round_, body, chair, other):
    organisation, _signer = other
    new = submit(round_, body, chair)
    with pytest.raises(NotAllowed):
        signed(new, round_, organisation, chair)
    with pytest.raises(Conflict):
        signed(new, round_, body, chair)
    member = somebody()
    join(organisation, member)
    with pytest.raises(NotAllowed):
        signed(new, round_, organisation, member)
    waits = somebody()
    with pytest.raises(NotNow):
        signed(new, round_, an_organisation("Nieuw", waits, state="asked"), waits)


def test_one_signs_with_what_one_read(round_, body, chair, other):
    organisation, signer = other
    new = submit(round_, body, chair)
    submit(round_, body, chair, a_text(round_, text="Iets anders."))
    position = position_of(new, round_)
    for theme, number, mandate in (
        (round_.themes[0], 1, a_mandate()),
        (round_.themes[1], 2, a_mandate()),
        (round_.themes[0], 2, a_mandate(name="")),
        (round_.themes[0], 2, a_mandate(-1)),
    ):
        with pytest.raises(Conflict):
            verbs.co_sign(position, organisation, [theme.id], mandate, acting(signer), number=number)
    assert len(verbs.co_sign(position, organisation, [round_.themes[0].id], a_mandate(), acting(signer), number=2)) == 1


def test_a_position_that_is_not_public_takes_no_signature(round_, body, chair, other):
    organisation, signer = other
    new = submit(round_, body, chair)
    taken_away(new, a_moderator_of(round_))
    with pytest.raises(NotNow):
        signed(new, round_, organisation, signer)


def test_the_database_keeps_one_signature_a_theme(unit, round_, body, chair, other):
    organisation, signer = other
    new = submit(round_, body, chair)
    [sign] = signed(new, round_, organisation, signer)
    copy = {c: getattr(sign, c) for c in CoSign.__table__.columns.keys() if c != "id"}  # noqa: SIM118
    with pytest.raises(IntegrityError), unit.begin_nested():
        add(CoSign(**copy))
    assert unit.scalars(select(PositionVersion)).all()
