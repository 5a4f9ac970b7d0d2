"""What a person fills in to register and to sign in."""

from typing import Any

from wtforms import Field, PasswordField, StringField, ValidationError

from consult.accounts.passwords import normalised_email, weakness
from consult.foundation.forms import BaseForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


def is_address(_form: Any, field: Field) -> None:
    """Demand something that can be an e-mail address."""
    if normalised_email(field.data or "") is None:
        raise ValidationError(_("Type an e-mail address, like naam@voorbeeld.nl."))


is_address.field_flags = {"required": True}  # type: ignore[attr-defined]


class RegisterForm(BaseForm):
    name = StringField(
        _l("Name that others see"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Type the name that others see.")), at_most(60)],
    )
    email = StringField(_l("E-mail address"), validators=[is_address, at_most(254)])
    password = PasswordField(_l("Password"), validators=[filled(lambda: _("Choose a password."))])

    def validate_password(self, field: Field) -> None:
        problem = weakness(field.data or "", self.email.data or "", (self.email.data or "").split("@")[0], "consult")
        if problem:
            raise ValidationError(problem)


class SignInForm(BaseForm):
    email = StringField(_l("E-mail address"), validators=[is_address, at_most(254)])
    password = PasswordField(_l("Password"), validators=[filled(lambda: _("Type your password."))])
