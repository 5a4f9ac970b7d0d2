"""What is done with several inputs of a list at once."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import BooleanField, Field, HiddenField, SelectField, SelectMultipleField, TextAreaField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from consult.answers.models import TextBlock
from consult.foundation.forms import BaseForm, Body, at_most
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.moderation.models import Ground
from consult.rounds.models import Theme
from consult.synthesis.models import OutcomeKind
from consult.workbench.models import BulkKind
from consult.workbench.rules import LONGEST_REASON


class CheckboxesField(SelectMultipleField):
    """Several boxes of which any number can be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class BulkForm(BaseForm):
    """Several inputs and what is done with them; what is asked for depends on the button."""

    pick = SelectMultipleField(_l("Selected contributions"), choices=[], validate_choice=False)
    everything = BooleanField(_l("Take everything in this list, on all its pages"))
    themes = CheckboxesField(_l("Themes"), choices=[], validate_choice=False)
    person = SelectField(_l("Colleague"), choices=[], validate_choice=False)
    kind = SelectField(_l("Outcome"), coerce=lambda value: OutcomeKind(value) if value else None)
    reason = TextAreaField(_l("Reason for all of them"), filters=[Body()], validators=[at_most(LONGEST_REASON)])
    block = SelectField(_l("Text block"), choices=[], validate_choice=False)
    ground = SelectField(_l("Ground"), coerce=lambda value: Ground(value) if value else None)
    why = TextAreaField(_l("Reason for the author"), filters=[Body()], validators=[at_most(LONGEST_REASON)])
    act = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settable = [kind for kind in OutcomeKind if kind is not OutcomeKind.MERGED]
        self.kind.choices = [("", _("choose an outcome")), *((kind.value, kind.words) for kind in settable)]
        self.ground.choices = [("", _("choose a ground")), *((ground.value, ground.words) for ground in Ground)]

    def offer(self, themes: Iterable[Theme], people: Mapping[uuid.UUID, str], blocks: Iterable[TextBlock]) -> None:
        """Fill the lists from which somebody chooses."""
        self.themes.choices = [(theme.code, theme.name) for theme in themes]
        self.person.choices = [("", _("nobody")), *((str(one), name) for one, name in people.items())]
        self.block.choices = [("", _("choose a text block")), *((str(one.id), one.name) for one in blocks)]

    def does(self, *kinds: BulkKind) -> bool:
        """Say whether the button was one of these."""
        return self.is_filled and self.act.data in set(kinds)

    def told(self) -> dict[str, Any]:
        """Return what was chosen, in the names that a plan uses."""
        return {
            "themes": self.themes.data or [],
            "person": self.person.data or "",
            "kind": self.kind.data.value if self.kind.data is not None else "",
            "reason": self.reason.data or "",
            "block": self.block.data or "",
            "ground": self.ground.data.value if self.ground.data is not None else "",
            "why": self.why.data or "",
        }

    def validate_act(self, field: Field) -> None:
        if field.data not in set(BulkKind):
            raise ValidationError(_("Choose what to do with them."))

    def validate_pick(self, field: Field) -> None:
        if not field.data and not self.everything.data:
            raise ValidationError(_("Select at least one contribution in the list."))
        if self.does(BulkKind.GROUP) and len(set(field.data or ())) < 2 and not self.everything.data:
            raise ValidationError(_("Select at least two contributions that say the same."))

    def validate_themes(self, field: Field) -> None:
        if self.does(BulkKind.CODE, BulkKind.UNCODE) and not field.data:
            raise ValidationError(_("Choose at least one theme."))

    def validate_person(self, field: Field) -> None:
        if self.does(BulkKind.ASSIGN) and field.data and not _is_id(field.data):
            raise ValidationError(_("Choose somebody from the list."))

    def validate_kind(self, field: Field) -> None:
        if self.does(BulkKind.ANSWER) and field.data is None:
            raise ValidationError(_("Choose what becomes of them."))

    def validate_reason(self, field: Field) -> None:
        if self.does(BulkKind.ANSWER) and not field.data:
            raise ValidationError(_("Give the reason: the writers will read it."))

    def validate_block(self, field: Field) -> None:
        if self.does(BulkKind.FILL) and not _is_id(field.data or ""):
            raise ValidationError(_("Choose a text block."))

    def validate_ground(self, field: Field) -> None:
        if self.does(BulkKind.STATE) and field.data is None:
            raise ValidationError(_("Choose a ground."))

    def validate_why(self, field: Field) -> None:
        if self.does(BulkKind.STATE) and not field.data:
            raise ValidationError(_("Write why, so that the author understands it."))


def _is_id(given: str) -> bool:
    try:
        uuid.UUID(given)
    except ValueError:
        return False
    return True
