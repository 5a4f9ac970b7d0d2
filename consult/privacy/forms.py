"""What somebody confirms before they leave."""

from wtforms import BooleanField, RadioField

from consult.foundation.forms import BaseForm, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


class EraseForm(BaseForm):
    texts = RadioField(
        _l("What you wrote"),
        choices=[
            ("keep", _l("May stay, without my name")),
            ("take", _l("Goes too, where nobody has reacted to it, voted on it or used it yet")),
        ],
        default="keep",
    )
    sure = BooleanField(
        _l("I understand that this cannot be undone"),
        validators=[filled(lambda: _("Tick this box when you are sure."))],
    )
