"""What people fill in: an answer to a statement, a statement of their own, and the statements of a round."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import NumberRange, Optional

from consult.contributions.models import Contribution
from consult.foundation import text
from consult.foundation.forms import BaseForm, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.landscape.rules import LONGEST, MOST_AT_ONCE
from consult.rounds.models import Phase
from consult.voting.models import Opinion


def is_opinion(_form: Any, field: Field) -> None:
    """Demand one of the answers."""
    if field.data not in set(Opinion):
        raise ValidationError(_("Press one of the buttons: agree, pass or disagree."))


class OpinionForm(BaseForm):
    opinion = StringField(_l("Your answer"), validators=[is_opinion])


class StatementForm(CreatingForm):
    text = TextAreaField(
        _l("Your statement"),
        description=_l("One sentence with one idea, so that everybody can agree or disagree with it."),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write your statement.")), at_most(LONGEST)],
    )

    seen = HiddenField(_l("The same idea"))
    alike: Sequence[Contribution] | None = None  # what looks like it, once that was looked for

    def show_alike(self, found: Sequence[Contribution]) -> None:
        """Show what looks like it; sent once more, the form is taken as it is."""
        self.alike, self.seen.data = found, "yes"

    def written(self) -> tuple[str, str]:
        """Return the statement as it was written, and as HTML."""
        return _both(self.text.data or "")


class MoreForm(CreatingForm):
    """Statements that are put to people, one on each line."""

    statements = TextAreaField(
        _l("Statements"),
        description=_l("One on each line, each one sentence with one idea."),
        validators=[filled(lambda: _("Write at least one statement."))],
    )

    def validate_statements(self, field: Field) -> None:
        lines = self.lines()
        if not lines:
            raise ValidationError(_("Write at least one statement."))
        if len(lines) > MOST_AT_ONCE:
            raise ValidationError(_("At most %(most)s statements at once.", most=MOST_AT_ONCE))
        for number, line in enumerate(lines, start=1):
            if len(line) > LONGEST:
                told = {"number": number, "length": len(line), "most": LONGEST}
                raise ValidationError(
                    _("Statement %(number)s has %(length)s characters; %(most)s is the most.", **told)
                )
        if len(set(lines)) < len(lines):
            raise ValidationError(_("A statement stands here twice. Take one away."))

    def lines(self) -> list[str]:
        """Return the statements, cleaned."""
        return [line for line in map(text.one_line, (self.statements.data or "").splitlines()) if line]

    def written(self) -> list[tuple[str, str]]:
        """Return the statements as they were written, and as HTML."""
        return [_both(line) for line in self.lines()]


class StatementPollForm(MoreForm):
    title = StringField(
        _l("Question"),
        description=_l("One sentence above the statements, for example: What do you think of these?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the question that people answer.")), at_most(200)],
    )
    phase = SelectField(
        _l("Phase"),
        validate_choice=False,
        validators=[filled(lambda: _("Choose the phase in which people vote."))],
    )
    residents_add = BooleanField(_l("People may add statements; a moderator reads them first"))
    shows_interim = BooleanField(_l("Show what groups think while people still answer"))
    eligible = IntegerField(
        _l("How many people can vote"),
        description=_l("It stands beside the result. Leave it empty when nobody knows."),
        validators=[Optional(), NumberRange(1, 100_000_000)],
    )

    def offer(self, phases: Iterable[Phase]) -> None:
        """Fill the list of phases."""
        self.phase.choices = [(str(phase.id), phase.name) for phase in phases]


def _both(line: str) -> tuple[str, str]:
    return line, text.sanitize(line)
