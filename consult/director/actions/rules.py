"""What makes an action one that somebody can be asked about."""

from datetime import date

from consult.director.goals.rules import fault_of_years
from consult.foundation.language import gettext as _
from consult.foundation.language import short_day


def fault_of_day(due_on: date | None, today: date) -> str:
    """Say what is wrong with the day by which something is done; nothing when all is well."""
    if due_on is None:
        return _("Choose the day by which it is done.")
    if due_on < today:
        return _("This day is past. Choose a day from %(day)s.", day=short_day(today))
    return fault_of_years(due_on)
