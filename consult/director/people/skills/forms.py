"""What somebody and their coach fill in about skills."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import (
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from consult.director.people.profiles.rules import LEVELS, MOST, Competence
from consult.foundation.forms import BaseForm, Body, CheckboxesField, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


class CoachForm(BaseForm):
    """Who coaches, and which role somebody grows to."""

    coach = SelectField(_l("Who is your coach?"), validate_choice=False)
    towards = SelectField(_l("Which role do you want to grow to?"), validate_choice=False)

    def offer(self, coaches: Sequence[tuple[str, str]], roles: Sequence[tuple[str, str]]) -> None:
        """Fill the lists of choices."""
        self.coach.choices = [("", _("nobody yet")), *coaches]
        self.towards.choices = [("", _("no role yet")), *roles]


class LevelRow(Form):
    """Which sentence fits somebody best; 0 is "I do not know"."""

    code = HiddenField()
    level = RadioField(_l("Level"), coerce=int, validate_choice=False, default=0)


class LevelsForm(CreatingForm):
    """A level for each competence of the frame, chosen by what is to be seen there."""

    levels = FieldList(FormField(LevelRow), _l("Competences"), max_entries=MOST)
    words = TextAreaField(_l("What do you base this on?"), filters=[Body()], validators=[at_most(2_000)])

    def offer(self, competences: Sequence[Competence], known: Mapping[str, int]) -> None:
        """Show a row for each competence, with the level that is known unless somebody already typed."""
        if not self.is_filled:
            for one in competences:
                self.levels.append_entry({"code": one.code, "level": known.get(one.code, 0)})
        by_code = {one.code: one for one in competences}
        for row in self.levels:
            code = row.form.code.data or ""
            of = by_code.get(code)
            row.form.level.label.text = f"{of.code} {of.name}" if of is not None else code
            sentences = [(n, f"{n}. {of.at(n)}") for n in LEVELS] if of is not None else []
            row.form.level.choices = [*sentences, (0, _("I do not know"))]

    def validate_levels(self, field: Field) -> None:
        if not self.told():
            raise ValidationError(_("Choose for at least one competence which sentence fits best."))

    def told(self) -> dict[str, int]:
        """Return the levels that were chosen, by code."""
        rows = [row.form for row in self.levels]
        return {row.code.data or "": row.level.data for row in rows if row.level.data in LEVELS}


class AgreeForm(LevelsForm):
    """The levels that were agreed in a talk."""

    talked_on = DateField(_l("On which day did you talk?"), validators=[filled(lambda: _("Choose the day."))])


class PlanForm(CreatingForm):
    """What is done about one competence."""

    competence = SelectField(_l("About which competence?"), validate_choice=False)
    wanted_level = SelectField(_l("Which level do you want to reach?"), coerce=int)
    activity = StringField(
        _l("What do you do for it?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what is done for it.")), at_most(300)],
    )
    due_on = DateField(_l("By which day?"), validators=[filled(lambda: _("Choose the day."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted_level.choices = [(level, _("level %(number)s", number=level)) for level in LEVELS]

    def offer(self, competences: Sequence[Competence]) -> None:
        """Fill the list of competences."""
        self.competence.choices = [(one.code, f"{one.code} {one.name}") for one in competences]


class ResultForm(BaseForm):
    """What came of something that was planned."""

    result_told = TextAreaField(
        _l("What came of it?"), filters=[Body()], validators=[filled(lambda: _("Write what came of it.")), at_most(500)]
    )


class EnrolForm(CreatingForm):
    """Something out of the catalogue that somebody wants to follow."""

    learning = SelectField(_l("What do you want to follow?"), validate_choice=False)


class FinishForm(BaseForm):
    """Something that was finished, and what shows it."""

    finished_on = DateField(_l("On which day did you finish it?"), validators=[filled(lambda: _("Choose the day."))])
    shows = StringField(
        _l("What shows what you learned?"),
        filters=[OneLine()],
        validators=[
            filled(lambda: _("Write what shows what was learned, such as a certificate or a piece of work.")),
            at_most(500),
        ],
    )


class TalentForm(BaseForm):
    """For which competences colleagues may find somebody."""

    talents = CheckboxesField(_l("For what may colleagues find you?"), choices=[], validate_choice=False)
    own_words = TextAreaField(_l("What can you help with, in your own words?"), filters=[Body()])

    def offer(self, competences: Sequence[Competence]) -> None:
        """Fill the list of competences."""
        self.talents.choices = [(one.code, f"{one.code} {one.name}") for one in competences]

    def validate_talents(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one competence. To be found no more, use the other button."))

    def validate_own_words(self, field: Field) -> None:
        at_most(500)(self, field)
