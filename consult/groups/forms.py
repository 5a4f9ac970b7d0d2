"""What moderators choose of a suggested group, and what they write for one."""

from collections.abc import Iterable

from wtforms import Field, HiddenField, RadioField, SelectMultipleField, TextAreaField, ValidationError

from consult.foundation.forms import BaseForm, Body, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.groups.models import GroupMember

LONGEST = 5_000  # characters of a shared text


class GroupForm(BaseForm):
    """Which inputs of a group are joined, and which of them stays."""

    pick = SelectMultipleField(_l("Which of these say the same"), choices=[], validate_choice=False)
    into = RadioField(
        _l("Which one stays"),
        choices=[],
        validate_choice=False,
        validators=[filled(lambda: _("Choose which one stays."))],
    )

    def suggest(self, members: Iterable[GroupMember]) -> None:
        """Choose beforehand what can be joined without doubt, with the central one."""
        standing = [member for member in members if member.contribution.stands]
        sure = [member.contribution.public_id for member in standing if not member.warnings]
        central = next((member for member in standing if member.is_central), standing[0] if standing else None)
        self.prefill(pick=sure, into=central.contribution.public_id if central is not None else None)

    def validate_pick(self, field: Field) -> None:
        if not set(field.data or ()) - {self.into.data}:
            raise ValidationError(_("Choose at least two that say the same."))


class SharedTextForm(BaseForm):
    """What a group says together, and which text the writer read before."""

    text = TextAreaField(
        _l("What they say together"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what these say together.")), at_most(LONGEST)],
    )
    version = HiddenField()

    def validate_version(self, field: Field) -> None:
        if not (field.data or "").isdecimal() or len(field.data) > 9:
            raise ValidationError(_("Open the page again and make your change there."))
