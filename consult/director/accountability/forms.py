"""What is told of a year, and the money of a round."""

from collections.abc import Sequence
from decimal import Decimal

from wtforms import IntegerField, SelectField, StringField, TextAreaField

from consult.director.accountability.models import RoundLine
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
    """One line of the money of a round: a new one, or one that is changed."""

    line = SelectField(_l("Which line?"), validate_choice=False)
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

    def offer(self, lines: Sequence[RoundLine]) -> None:
        """Fill the list of lines that can be changed."""
        self.line.choices = [("", _("a new line")), *((str(one.id), one.name) for one in lines)]

    def show(self, line: RoundLine | None) -> None:
        """Show the line that was chosen, unless somebody already typed."""
        if line is not None:
            self.prefill(line=str(line.id), name=line.name, budget=line.amount, realised=line.realised)
