import uuid
from datetime import date, timedelta

import pytest

from consult.foundation.errors import Refused
from consult.positions import rules
from consult.positions.models import CoSign, PositionTheme
from consult.positions.rules import Mandate, OnTheme, PositionTold
from consult.rounds.models import Theme

TODAY = date(2026, 10, 1)
GREEN, ROADS, OTHER = (
    Theme(id=uuid.uuid4(), code=code, name=name, statement=statement)
    for code, name, statement in (
        ("T1", "Groen", "Groen wint."),
        ("T2", "Weg & pad", "Lopen gaat voor."),
        ("T9", "Rest", ""),
    )
)
MANDATE = Mandate("bestuur", TODAY, "M. de Wit", "voorzitter")
WHOLE = PositionTold(MANDATE, has_none=True, text="Ja.", html="<p>Ja.</p>")


def with_(**changed):
    return PositionTold(**{**vars(WHOLE), **changed})


def test_a_draft_comes_back_as_it_was_kept():
    told = with_(themes={GREEN.id: OnTheme(-2, 0, "Nee.", "<p>Nee.</p>"), ROADS.id: OnTheme(None, 2)})
    assert rules.from_fields(told.as_fields()) == told
    assert rules.from_fields({}) == PositionTold()


def test_a_theme_of_which_nothing_is_said_is_not_kept():
    assert with_(themes={GREEN.id: OnTheme()}).as_fields()["themes"] == {}


def test_one_is_for_or_against_a_statement():
    assert rules.takes_stance([GREEN, ROADS, OTHER]) == [GREEN, ROADS]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"mandate": Mandate("", TODAY, "W", "v")}, "mandate_body"),
        ({"mandate": Mandate("b", None, "W", "v")}, "mandate_date"),
        ({"mandate": Mandate("b", TODAY + timedelta(days=1), "W", "v")}, "mandate_date"),
        ({"mandate": Mandate("b", TODAY, "", "v")}, "signatory_name"),
        ({"mandate": Mandate("b", TODAY, "W", "")}, "signatory_function"),
        ({"has_none": False}, "interests"),
        ({"interests": "Grond."}, "interests"),
        ({"text": ""}, "text"),
        ({"themes": {GREEN.id: OnTheme(None, 1)}}, "on_themes-0-stance"),
        ({"themes": {ROADS.id: OnTheme(None, None, "Nee.")}}, "on_themes-1-stance"),
        ({"themes": {ROADS.id: OnTheme(0, None)}}, "on_themes-1-weight"),
    ],
)
def test_what_lacks_is_told_with_the_field_where_it_belongs(changed, field):
    assert rules.lacks(WHOLE, [GREEN, ROADS], TODAY) == []
    assert [where for where, _sentence in rules.lacks(with_(**changed), [GREEN, ROADS], TODAY)] == [field]


def test_names_of_themes_are_text_in_the_whole_html():
    themes = {ROADS.id: OnTheme(1, 1, "Ja.", "<p>Ja.</p>"), GREEN.id: OnTheme(0, 0)}
    text, html = rules.whole(with_(themes=themes), [GREEN, ROADS])
    assert text == "Ja.\n\n### Weg & pad\n\nJa."
    assert html == "<p>Ja.</p>\n<h3>Weg &amp; pad</h3>\n<p>Ja.</p>"


@pytest.mark.parametrize(("word", "sort"), [("", "name"), ("name", "name"), ("newest", "newest"), ("T2", "T2")])
def test_the_order_that_was_asked(word, sort):
    assert rules.read_sort(word, [GREEN, ROADS]) == sort


@pytest.mark.parametrize("word", ["T9x", "id", "stance", "name desc", "contribution.received_at"])
def test_any_other_order_is_refused(word):
    with pytest.raises(Refused):
        rules.read_sort(word, [GREEN, ROADS])


def test_a_signature_is_of_now_while_the_theme_says_the_same():
    sign = CoSign(theme_id=GREEN.id, number=1)
    one, two = (PositionTheme(theme_id=GREEN.id, stance=1, weight=2, text=text) for text in ("Ja.", "Nee."))
    by_number = {1: rules.said_in([one]), 2: rules.said_in([one]), 3: rules.said_in([two]), 4: {}}
    assert [rules.is_of_now(sign, by_number, number) for number in (1, 2, 3, 4)] == [True, True, False, False]
    assert rules.changed_themes(by_number[1], by_number[2]) == set()
    assert rules.changed_themes(by_number[2], by_number[3]) == rules.changed_themes(by_number[3], {}) == {GREEN.id}
    assert rules.changed_themes({}, by_number[1]) == set()
