"""What is filled in about competences and role profiles."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from consult.director.people.profiles.models import CompetenceFrame, ProfileKind, RoleProfile
from consult.director.people.profiles.rules import (
    LEVELS,
    MOST,
    Competence,
    Profile,
    Task,
    codes_in,
    read_competences,
    read_profile,
)
from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _

SPARE = 2  # empty rows


def _sentence(words: str) -> StringField:
    return StringField(words, filters=[OneLine()], validators=[at_most(300)])


class CompetenceRow(Form):
    """One competence with what is to be seen at each level."""

    code = StringField(_l("Code"), filters=[OneLine()], validators=[at_most(6)])
    name = StringField(_l("Name"), filters=[OneLine()], validators=[at_most(80)])
    is_key = BooleanField(_l("Directing cannot do without it"))
    level_1 = _sentence(_l("Level 1: what do you see somebody do who knows of it?"))
    level_2 = _sentence(_l("Level 2: who does it with help?"))
    level_3 = _sentence(_l("Level 3: who does it alone?"))
    level_4 = _sentence(_l("Level 4: who teaches it to others?"))


class FrameForm(CreatingForm):
    """All competences; a row without a code is left out."""

    edition = HiddenField()
    competences = FieldList(FormField(CompetenceRow), _l("Competences"), max_entries=MOST)

    def validate_competences(self, field: Field) -> None:
        if not self.told():
            raise ValidationError(_("Write at least one competence with its code."))

    def told(self) -> list[Competence]:
        """Return the rows with a code as competences."""
        rows = [row.form for row in self.competences if row.form.code.data]
        return [
            Competence(
                (row.code.data or "").upper(),
                row.name.data or "",
                tuple(row[f"level_{level}"].data or "" for level in LEVELS),
                bool(row.is_key.data),
            )
            for row in rows
        ]

    def show(self, frame: CompetenceFrame | None) -> None:
        """Show the frame that stands, unless somebody already typed, with some empty rows."""
        if frame is not None:
            rows = [
                {"code": one.code, "name": one.name, "is_key": one.is_key}
                | {f"level_{level}": one.at(level) for level in LEVELS}
                for one in read_competences(frame.competences)
            ]
            self.prefill(competences=rows, edition=frame.edition)
        _keep_empty(self.competences, "code")


class ConsentForm(BaseForm):
    """How the works council agreed that people are assessed by this frame."""

    edition = HiddenField()
    consent = StringField(
        _l("How did the works council agree?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write where the consent of the works council can be found.")), at_most(300)],
    )
    consent_on = DateField(_l("On which day?"), validators=[filled(lambda: _("Choose the day."))])


class PublishForm(BaseForm):
    """Which edition of a profile is published: the one that was read."""

    edition = HiddenField()


class TaskRow(Form):
    """One task, with the codes of what it takes."""

    text = StringField(_l("What do you do?"), filters=[OneLine()], validators=[at_most(300)])
    takes = StringField(_l("Which competences does it take?"), filters=[OneLine()], validators=[at_most(60)])
    answers = StringField(_l("Which responsibilities belong to it?"), filters=[OneLine()], validators=[at_most(60)])


class NeededRow(Form):
    """The level of one competence that a role needs."""

    code = HiddenField()
    level = SelectField(_l("Level"), coerce=int, validate_choice=False, default=0)


class ProfileForm(CreatingForm):
    """A role profile; rows without words are left out."""

    edition = HiddenField()
    title = StringField(
        _l("What is the role called?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what the role is called.")), at_most(120)],
    )
    profile_kind = SelectField(_l("What does this profile tell?"), coerce=ProfileKind)
    purpose = TextAreaField(
        _l("What is the role for?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what this role is for.")), at_most(1_000)],
    )
    mandate = TextAreaField(
        _l("What may the role decide alone?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what this role may decide alone.")), at_most(1_000)],
    )
    responsibilities = FieldList(
        StringField(_l("Responsibility"), filters=[OneLine()], validators=[at_most(300)]),
        _l("Responsibilities"),
        max_entries=MOST,
    )
    tasks = FieldList(FormField(TaskRow), _l("Tasks"), max_entries=MOST)
    needed = FieldList(FormField(NeededRow), _l("Competences"), max_entries=MOST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profile_kind.choices = [(one.value, one.words) for one in ProfileKind]

    def told(self) -> Profile:
        """Return what was filled in as the rules take it; responsibilities get R1, R2 and so on."""
        answers_for = [field.data for field in self.responsibilities if field.data]
        tasks = [row.form for row in self.tasks if row.form.text.data]
        return Profile(
            purpose=self.purpose.data or "",
            mandate=self.mandate.data or "",
            tasks=tuple(
                Task(t.text.data or "", codes_in(t.takes.data or ""), codes_in(t.answers.data or "")) for t in tasks
            ),
            responsibilities={f"R{number}": words for number, words in enumerate(answers_for, start=1)},
            needed={
                row.form.code.data or "": row.form.level.data for row in self.needed if row.form.level.data in LEVELS
            },
        )

    def show(self, profile: RoleProfile | None, competences: Sequence[Competence]) -> None:
        """Show the profile that stands, unless somebody already typed, with a row for each competence."""
        if profile is not None and not self.is_filled:
            self.prefill(**_shown(profile))
        if not self.is_filled:
            self._offer_levels(profile, competences)
        names = {one.code: f"{one.code} {one.name}" for one in competences}
        choices = [(0, _("not needed")), *((level, _("level %(number)s", number=level)) for level in LEVELS)]
        for row in self.needed:
            row.form.level.label.text = names.get(row.form.code.data or "", "")
            row.form.level.choices = choices
        _keep_empty(self.tasks, "text")
        while len(self.responsibilities) < MOST and sum(not one.data for one in self.responsibilities) < SPARE:
            self.responsibilities.append_entry("")
        for number, field in enumerate(self.responsibilities, start=1):
            field.label.text = f"R{number}"

    def _offer_levels(self, profile: RoleProfile | None, competences: Sequence[Competence]) -> None:
        levels = read_profile(profile.content).levels if profile is not None else {}
        while len(self.needed):
            self.needed.pop_entry()
        for one in competences:
            self.needed.append_entry({"code": one.code, "level": levels.get(one.code, 0)})


def _shown(profile: RoleProfile) -> dict[str, Any]:
    told = read_profile(profile.content)
    tasks = [
        {"text": one.text, "takes": " ".join(one.competences), "answers": " ".join(one.responsibilities)}
        for one in told.tasks
    ]
    return {
        "title": profile.title,
        "profile_kind": profile.kind,
        "edition": profile.edition,
        "purpose": told.purpose,
        "mandate": told.mandate,
        "responsibilities": list(told.answers_for.values()),
        "tasks": tasks,
    }


def _keep_empty(rows: Any, name: str) -> None:
    """Keep some rows in which nothing stands yet."""
    while len(rows) < MOST and sum(not row.form[name].data for row in rows) < SPARE:
        rows.append_entry({})
