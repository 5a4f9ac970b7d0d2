from datetime import UTC, date, datetime

from wtforms import Form, IntegerField
from wtforms.validators import NumberRange

from consult.foundation import language
from consult.policy import Role


def test_a_moment_is_said_as_people_say_it():
    at = datetime(2026, 11, 16, 19, 0, tzinfo=UTC)
    assert language.moment(at) == "16 november 2026, 20.00 uur"
    assert language.day(date(2026, 11, 16)) == "maandag 16 november 2026"
    with language.speaking("en"):
        assert language.moment(at) == "16 November 2026, 20:00"


def test_an_enum_speaks_the_language_in_use():
    assert Role.RESIDENT.words == "inwoner"
    with language.speaking("en"):
        assert Role.RESIDENT.words == "resident"


def test_a_validator_refuses_a_number_in_the_words_that_were_made_at_import():
    class Hours(Form):
        hours = IntegerField(validators=[NumberRange(0, 60, language.Later("Write a number of hours from 0 to 60."))])

    form = Hours(data={"hours": 61})
    assert not form.validate()
    assert form.hours.errors == ["Schrijf een aantal uren van 0 tot 60."]


def test_numbers_choose_their_form():
    assert language.ngettext("%(n)s day left", "%(n)s days left", 1) == "nog 1 dag"
    assert language.ngettext("%(n)s day left", "%(n)s days left", 9) == "nog 9 dagen"
