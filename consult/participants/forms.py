"""What an administrator fills in about a member of staff."""

from typing import Any

from wtforms import Field, PasswordField, SelectField, StringField, ValidationError

from consult.accounts.forms import is_address
from consult.accounts.passwords import weakness
from consult.foundation.forms import CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.policy import Role


class PersonForm(CreatingForm):
    name = StringField(_l("Name"), filters=[OneLine()], validators=[filled(lambda: _("Type a name.")), at_most(120)])
    email = StringField(_l("E-mail address"), validators=[is_address, at_most(254)])
    role = SelectField(_l("Role"), coerce=Role)
    password = PasswordField(_l("Password"), validators=[filled(lambda: _("Choose a password."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [(role.value, role.words) for role in Role]

    def validate_password(self, field: Field) -> None:
        problem = weakness(field.data or "", self.email.data or "")
        if problem:
            raise ValidationError(problem)
