"""What a person fills in to sign in, and to change how they do."""

import uuid
from typing import Any

from wtforms import BooleanField, Field, HiddenField, PasswordField, StringField, ValidationError

from consult.accounts.passwords import normalised_email
from consult.accounts.rules import plain_code
from consult.foundation.forms import BaseForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


def is_address(_form: Any, field: Field) -> None:
    """Demand something that can be an e-mail address."""
    if normalised_email(field.data or "") is None:
        raise ValidationError(_("Type an e-mail address, like naam@voorbeeld.nl."))


is_address.field_flags = {"required": True}  # type: ignore[attr-defined]


class SignInForm(BaseForm):
    email = StringField(_l("E-mail address"), validators=[is_address, at_most(254)])
    password = PasswordField(_l("Password"))  # not needed where a link is mailed


class AddressForm(BaseForm):
    email = StringField(_l("E-mail address"), validators=[is_address, at_most(254)])


class NewAddressForm(BaseForm):
    email = StringField(_l("New e-mail address"), validators=[is_address, at_most(254)])


class LinkForm(BaseForm):
    password = PasswordField(_l("New password"))  # asked by a link for a new password alone


class ProveForm(BaseForm):
    password = PasswordField(_l("Password"), validators=[filled(lambda: _("Type your password."))])


class PasswordForm(BaseForm):
    password = PasswordField(_l("New password"), validators=[filled(lambda: _("Choose a password."))])


class SessionForm(BaseForm):
    session = HiddenField(filters=[lambda value: (value or "").strip()])  # empty: all but this one

    def session_id(self) -> uuid.UUID | None:
        """Return which session is meant, if one is."""
        try:
            return uuid.UUID(self.session.data)
        except ValueError:
            return None


def is_app_code(_form: Any, field: Field) -> None:
    """Demand the six digits of an app, however they were typed."""
    code = plain_code(field.data or "")
    if len(code) != 6 or not code.isdecimal():
        raise ValidationError(_("Type the six digits that your app shows."))


is_app_code.field_flags = {"required": True}  # type: ignore[attr-defined]


class CodeForm(BaseForm):
    one_time_code = StringField(_l("Code from your app"), validators=[is_app_code, at_most(60)])


class RecoveryForm(BaseForm):
    recovery_code = StringField(
        _l("Recovery code"), validators=[filled(lambda: _("Type one of your recovery codes.")), at_most(60)]
    )


class TotpForm(CodeForm):
    name = StringField(_l("Name of this phone or app"), filters=[OneLine()], validators=[at_most(60)])
    sealed_secret = HiddenField()


class PasskeyForm(BaseForm):
    name = StringField(_l("Name of this passkey"), filters=[OneLine()], validators=[at_most(60)])
    credential = HiddenField(validators=[filled(lambda: _("Your browser gave no passkey. It needs JavaScript."))])


class RecoveryCodesForm(BaseForm):
    is_saved = BooleanField(
        _l("I saved these codes"), validators=[filled(lambda: _("Save the codes first, and say so here."))]
    )
    sealed_codes = HiddenField()
