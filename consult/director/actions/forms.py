"""What is filled in about actions."""

from collections.abc import Sequence
from typing import Any

from wtforms import DateField, SelectField, StringField, TextAreaField

from consult.director.actions.models import Action
from consult.director.actions.verbs import ActionTold
from consult.director.agreements.models import Agreement
from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


class ActionForm(CreatingForm):
    """What is done, by whom and by when."""

    action_text = StringField(
        _l("What is done?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what is done.")), at_most(500)],
    )
    owner = StringField(
        _l("Which team or organisation does it?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write which team or organisation does it.")), at_most(120)],
    )
    due_on = DateField(
        _l("By which day is it done?"), validators=[filled(lambda: _("Choose the day by which it is done."))]
    )
    realised_by = SelectField(_l("Does a partner do it under an agreement?"), validate_choice=False)

    def offer(self, agreements: Sequence[Agreement]) -> None:
        """Fill the list of agreements that may realise it."""
        told = [(one.public_id, one.terms.title) for one in agreements]
        self.realised_by.choices = [("", _("no, or not yet")), *told]

    def told(self, agreement: Agreement | None) -> ActionTold:
        """Return what was filled in as the verbs take it."""
        return ActionTold(self.action_text.data or "", self.owner.data or "", self.due_on.data, agreement)


class ChangeActionForm(ActionForm):
    """What becomes other about an action, and why."""

    because = TextAreaField(
        _l("Why does it change?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say why it changes.")), at_most(500)],
    )

    def show(self, action: Action, agreement: Agreement | None) -> None:
        """Show the action that stands, unless somebody already typed."""
        told: dict[str, Any] = {"action_text": action.text, "owner": action.owner, "due_on": action.due_on}
        self.prefill(**told, realised_by=agreement.public_id if agreement is not None else "")


class NoActionForm(CreatingForm):
    """Why nothing is done."""

    none_because = TextAreaField(
        _l("Why is nothing done?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say why nothing is done. Everybody can read it.")), at_most(1_000)],
    )


class DoneForm(BaseForm):
    """What came of an action."""

    result = TextAreaField(
        _l("What came of it?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say what came of it. Everybody can read it.")), at_most(1_000)],
    )
