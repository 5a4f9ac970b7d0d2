"""What people tell of themselves, administrators about staff, and an organisation about itself and its members."""

from typing import Any

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from consult.accounts.forms import is_address
from consult.accounts.passwords import weakness
from consult.doors import platform
from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.participants import rules
from consult.participants.models import AgeBracket, OrganisationKind
from consult.participants.organisations import OrganisationTold
from consult.policy import PARTICIPANTS, MemberDuty, Role

STAFF_ROLES = tuple(role for role in Role if role not in PARTICIPANTS)


def a_name() -> StringField:
    """The field for the name that others see."""
    demanded = filled(lambda: _("Type the name that others see."))
    return StringField(_l("Name that others see"), filters=[OneLine()], validators=[demanded, at_most(60)])


def an_area() -> SelectField:
    """The field for where somebody lives; see `offer`."""
    return SelectField(_l("Neighbourhood"), default="")


def an_age() -> SelectField:
    """The field for how old somebody is; see `offer`."""
    return SelectField(_l("Age"), coerce=AgeBracket, default=AgeBracket.UNKNOWN)


def offer(form: Any) -> None:
    """Fill the lists of neighbourhoods and ages; not telling is the first choice of both."""
    form.age.choices = [(age.value, age.words) for age in (AgeBracket.UNKNOWN, *list(AgeBracket)[:-1])]
    form.area_code.choices = [("", _("not told")), *platform().areas()]


class RegisterForm(BaseForm):
    email = StringField(_l("E-mail address"), validators=[is_address, at_most(254)])
    name = a_name()
    area_code = an_area()
    age = an_age()
    password = PasswordField(_l("Password"))
    for_organisation = BooleanField(_l("I speak for an organisation"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self)

    def validate_password(self, field: Field) -> None:
        problem = weakness(field.data, self.email.data or "") if field.data else None
        if problem:
            raise ValidationError(problem)


class OwnForm(BaseForm):
    """What somebody tells of themselves, changed."""

    name = a_name()
    area_code = an_area()
    age = an_age()
    language = SelectField(_l("Language of our messages"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self)
        self.language.choices = [("nl", "Nederlands"), ("en", "English")]


class PersonForm(CreatingForm):
    name = StringField(_l("Name"), filters=[OneLine()], validators=[filled(lambda: _("Type a name.")), at_most(120)])
    email = StringField(_l("E-mail address"), validators=[is_address, at_most(254)])
    role = SelectField(_l("Role"), coerce=Role)
    password = PasswordField(_l("Password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [(role.value, role.words) for role in STAFF_ROLES if role is not Role.ADMIN]

    def validate_password(self, field: Field) -> None:
        problem = weakness(field.data, self.email.data or "") if field.data else None
        if problem:
            raise ValidationError(problem)


class RoleForm(BaseForm):
    """What somebody is from now on."""

    role = SelectField(_l("Role"), coerce=Role)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [(role.value, role.words) for role in STAFF_ROLES]


class _DescribedForm(CreatingForm):
    """What an organisation says of itself."""

    domain = StringField(_l("Your site"), filters=[OneLine(), lambda value: rules.domain_of(value or "")])
    about = TextAreaField(_l("Who you are, in your own words"), filters=[Body()], validators=[at_most(2_000)])

    def validate_domain(self, field: Field) -> None:
        if field.data and not rules.is_domain(field.data):
            raise ValidationError(_("Type the name of your site, like voorbeeld.nl."))


class AboutForm(_DescribedForm):
    """Other words of an organisation that was verified."""


class OrganisationForm(_DescribedForm):
    """With what an organisation asks to take part."""

    name = StringField(
        _l("Name of the organisation"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Type the name, as it stands in the trade register.")), at_most(120)],
    )
    kvk = StringField(
        _l("KvK number"),
        filters=[lambda value: rules.digits_of(value or "")],
        validators=[filled(lambda: _("Type the number from the trade register: eight digits."))],
    )
    type = SelectField(
        _l("What sort of organisation it is"),
        coerce=lambda value: OrganisationKind(value) if value else None,
        validators=[filled(lambda: _("Choose what sort of organisation it is."))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type.choices = [("", _("choose")), *((kind.value, kind.words) for kind in OrganisationKind)]

    def validate_kvk(self, field: Field) -> None:
        if rules.is_kvk(field.data):
            return
        if rules.is_branch(field.data):
            raise ValidationError(_("This is the number of one branch. Type the KvK number: eight digits."))
        if rules.is_rsin(field.data):
            sentence = _("This is an RSIN, or the number of a person: do not give us that. Type the KvK number.")
            raise ValidationError(sentence)
        raise ValidationError(_("A KvK number has eight digits. Look it up in the trade register."))

    def told(self, about_html: str) -> OrganisationTold:
        """Return what was filled in as the verbs take it."""
        return OrganisationTold(
            self.name.data or "",
            self.kvk.data or "",
            self.type.data,
            self.domain.data or "",
            self.about.data or "",
            about_html,
        )


class FactorResetForm(BaseForm):
    """Why somebody's second factor may be taken away."""

    how_known = TextAreaField(
        _l("How did they show who they are?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write how they showed who they are.")), at_most(500)],
    )


class OrganisationRefusalForm(BaseForm):
    """Why an organisation is not accepted; it reads this."""

    reason = TextAreaField(
        _l("Reason for the organisation"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why, so that the organisation knows what to do.")), at_most(1_000)],
    )


class InvitationForm(CreatingForm):
    """Whom a representative asks to act for the organisation, and as what."""

    email = StringField(_l("E-mail address"), validators=[is_address, at_most(254)])
    member_duty = RadioField(_l("What may this person do?"), coerce=MemberDuty, default=MemberDuty.MEMBER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member_duty.choices = duty_choices()


class DutyForm(BaseForm):
    """What a member may do from now on."""

    member_duty = RadioField(_l("What may this person do?"), coerce=MemberDuty)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member_duty.choices = duty_choices()


def duty_choices() -> list[tuple[str, str]]:
    """Say what each duty lets somebody do."""
    return [
        (MemberDuty.MEMBER.value, _("Write along (member)")),
        (MemberDuty.REPRESENTATIVE.value, _("Write along, send in, sign, and invite others (representative)")),
    ]


class ErrandForm(BaseForm):
    """What a browser brings back from the broker of sign-ins."""

    code = HiddenField()
    state = HiddenField()
