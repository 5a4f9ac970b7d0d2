"""What people type for a document of which the rest is computed."""

from typing import Any

from wtforms import Field, HiddenField, TextAreaField, ValidationError

from consult.documents.models import PaperKind
from consult.documents.rules import LONGEST, TYPED
from consult.foundation.forms import BaseForm, Body, at_most
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


def _field(label: str, hint: str) -> Any:
    return TextAreaField(_l(label), filters=[Body()], validators=[at_most(LONGEST)], description=_l(hint))


class NumberForm(BaseForm):
    """Which version of the texts was read."""

    number = HiddenField()

    def validate_number(self, field: Field) -> None:
        if self.is_filled and (not (field.data or "").isdecimal() or len(field.data) > 9):
            raise ValidationError(_("Open the page again and make your change there."))

    @property
    def read(self) -> int:
        """The version that was read."""
        return int(self.number.data or 0)


class TextsForm(NumberForm):
    """All fields that any document has; a page shows those of its own."""

    involved = _field(*TYPED[PaperKind.PARTICIPATION]["involved"])
    policy = _field(*TYPED[PaperKind.PARTICIPATION]["policy"])
    evaluation = _field(*TYPED[PaperKind.PARTICIPATION]["evaluation"])
    decisions = _field(*TYPED[PaperKind.COUNCIL]["decisions"])
    proposal = _field(*TYPED[PaperKind.COUNCIL]["proposal"])
    finance = _field(*TYPED[PaperKind.COUNCIL]["finance"])
    commitments = _field(*TYPED[PaperKind.COUNCIL]["commitments"])

    def fields_of(self, kind: PaperKind) -> list[Field]:
        """Return the fields of one document."""
        return [self[name] for name in TYPED[kind]]

    def texts_of(self, kind: PaperKind) -> dict[str, str]:
        """Return what was typed for one document."""
        return {name: self[name].data or "" for name in TYPED[kind]}
