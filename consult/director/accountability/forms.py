"""What is told of a year, and the money of a round."""

from decimal import Decimal

from wtforms import IntegerField, StringField, TextAreaField

from consult.foundation.forms import BaseForm, Body, NumberField, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


class YearForm(BaseForm):
    """What came of an agreement in a year, and what is next."""

    year = IntegerField(_l("Of which year?"), validators=[filled(lambda: _("Write the year."))])
    result = TextAreaField(
        _l("What came of it?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what came of it.")), at_most(2_000)],
    )
    following = TextAreaField(_l("What happens next?"), filters=[Body()], validators=[at_most(2_000)])


class RoundMoneyForm(BaseForm):
    """One line of the money of a round; the same name again writes it anew."""

    name = StringField(
        _l("What is it for?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what the money is for.")), at_most(120)],
    )
    budget = NumberField(
        _l("Planned, in euros"), [filled(lambda: _("Write the amount of this line in euros."))], least=Decimal(0)
    )
    realised = NumberField(
        _l("Spent so far, in euros"), [filled(lambda: _("Write an amount in euros; 0 is one too."))], least=Decimal(0)
    )
