"""What people fill in about the files of a contribution."""

from wtforms import StringField, TextAreaField

from consult.foundation.forms import LONGEST_ALT, BaseForm, Body, CreatingForm, FilesField, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _

LONGEST_REASON = 500


class AddForm(CreatingForm):
    """Files that are added to what somebody brought in before."""

    files = FilesField(_l("Files"), validators=[filled(lambda: _("Choose at least one file."))])


class AboutForm(BaseForm):
    """What is said of one file: what is to be seen on it, and why it is taken off the page."""

    alt = StringField(_l("What is to be seen on this picture?"), filters=[OneLine()])
    why = TextAreaField(_l("Why you take it off the page"), filters=[Body()])


class DescribeForm(AboutForm):
    alt = StringField(
        _l("What is to be seen on this picture?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Say what is to be seen, in a few words.")), at_most(LONGEST_ALT)],
    )


class HideForm(AboutForm):
    why = TextAreaField(
        _l("Why you take it off the page"),
        filters=[Body()],
        validators=[filled(lambda: _("Say why. Whoever sent it in reads this.")), at_most(LONGEST_REASON)],
    )
