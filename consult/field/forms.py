"""What is filled in about parties, offers, introductions, reach and advice."""

import uuid
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
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import NumberRange, StopValidation

from consult.field.models import Assessment, Party, PartyKind, RelationKind, Ring, Shared
from consult.field.queries import find_verified
from consult.field.verbs import PartyTold, Thought
from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import N_
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _

MOST_GROUPS = 2_000  # the largest municipality has some five hundred neighbourhoods
MOST_PEOPLE = 10_000_000
ATTITUDES = (
    (2, N_("strongly for")),
    (1, N_("for")),
    (0, N_("neither")),
    (-1, N_("against")),
    (-2, N_("strongly against")),
)


def _chosen(words: Any) -> Any:
    """Return a reader of one word of an enum; nothing chosen is None."""
    return lambda value: words(value) if value else None


def _id(value: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(value or "")
    except ValueError:
        return None


def _is_told(_form: Any, field: Field) -> None:
    """Demand a whole number; nobody at all is one too."""
    if field.data is None:
        field.errors = []
        raise StopValidation(_("Write a whole number, such as 120."))


_is_told.field_flags = {"required": True}  # type: ignore[attr-defined]


class PartyForm(CreatingForm):
    """Who comes on the map."""

    body = SelectField(_l("Does it take part here as an organisation?"), validate_choice=False)
    name = StringField(_l("Name"), filters=[OneLine()], validators=[at_most(120)])
    party_kind = SelectField(
        _l("Where does it come from?"),
        coerce=_chosen(PartyKind),
        validators=[filled(lambda: _("Choose where this party comes from."))],
    )
    note = TextAreaField(_l("What do we need to know?"), filters=[Body()], validators=[at_most(500)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.party_kind.choices = [("", _("choose")), *((one.value, one.words) for one in PartyKind)]

    def validate_name(self, field: Field) -> None:
        if not field.data and not self.body.data:
            raise ValidationError(_("Write a name, or choose an organisation."))

    def offer(self, bodies: Sequence[tuple[str, str]]) -> None:
        self.body.choices = [("", _("no, only a name")), *bodies]

    def told(self) -> PartyTold:
        """Return what was filled in as the verbs take it; an organisation brings its own name."""
        body = find_verified(self.body.data or "")
        name = body.name if body is not None else self.name.data or ""
        return PartyTold(name, self.party_kind.data, self.note.data or "", body)

    def show(self, party: Party) -> None:
        slug = party.organisation.slug if party.organisation is not None else ""
        self.prefill(body=slug, name=party.name, party_kind=party.kind, note=party.note)


class AssessmentForm(BaseForm):
    """What somebody thinks of a party."""

    influence = SelectField(_l("Influence on the decision, 1 to 10"), coerce=int)
    interest = SelectField(_l("How much is at stake for it, 1 to 10"), coerce=int)
    attitude = SelectField(_l("What does it think of the plan?"), coerce=int)
    shared = SelectField(_l("Does it want what we want?"), coerce=Shared)
    power = BooleanField(_l("It has power: it can stop or enforce something"))
    legitimacy = BooleanField(_l("It has a rightful voice: by law, mandate or custom"))
    urgency = BooleanField(_l("It cannot wait: for it there is haste"))
    ring = SelectField(_l("Where is it now?"), coerce=Ring)
    ring_wanted = SelectField(_l("Where does it want to be?"), coerce=_chosen(Ring))
    ring_ours = SelectField(_l("Where do we want it?"), coerce=_chosen(Ring))
    note = TextAreaField(_l("Why do you think so?"), filters=[Body()], validators=[at_most(1_000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scale = [(number, str(number)) for number in range(1, 11)]
        rings = [(one.value, one.words) for one in Ring]
        self.influence.choices, self.interest.choices = scale, list(scale)
        self.attitude.choices = [(value, _(words)) for value, words in ATTITUDES]
        self.ring.choices = rings
        self.shared.choices = [(one.value, one.words) for one in Shared]
        self.ring_wanted.choices = self.ring_ours.choices = [("", _("not known")), *rings]

    def show(self, known: Assessment | None) -> None:
        if known is None:
            self.prefill(influence=5, interest=5, attitude=0, ring=Ring.THINK, shared=Shared.UNKNOWN)
            return
        names = ("influence", "interest", "attitude", "shared", "ring", "ring_wanted", "ring_ours", "note")
        marks = {"power": known.has_power, "legitimacy": known.is_legitimate, "urgency": known.is_urgent}
        self.prefill(**{name: getattr(known, name) for name in names}, **marks)

    def told(self) -> Thought:
        """Return what was filled in as the verbs take it."""
        return Thought(
            self.influence.data,
            self.interest.data,
            self.attitude.data,
            bool(self.power.data),
            bool(self.legitimacy.data),
            bool(self.urgency.data),
            self.ring.data,
            self.ring_wanted.data,
            self.ring_ours.data,
            self.note.data or "",
            self.shared.data,
        )


class RelationForm(CreatingForm):
    """What a party is to another one."""

    relation = SelectField(_l("What is it?"), coerce=RelationKind)
    with_party = SelectField(_l("To whom?"), coerce=_id, validate_choice=False)
    known_from = StringField(
        _l("How do you know?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write where you know this from.")), at_most(200)],
    )
    seen_on = DateField(_l("On which day did you see that?"), validators=[filled(lambda: _("Choose the day."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.relation.choices = [(one.value, one.words) for one in RelationKind]

    def offer(self, parties: Sequence[tuple[str, str]], but: Party) -> None:
        self.with_party.choices = [("", _("choose")), *(one for one in parties if one[0] != str(but.id))]

    def validate_with_party(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose the other party."))


class UnorganisedForm(BaseForm):
    """Who is affected and not organised."""

    unorganised = TextAreaField(
        _l("Who is affected, but not organised?"),
        filters=[Body()],
        validators=[
            filled(lambda: _("Write who that is. If you found nobody, write where you looked.")),
            at_most(1_000),
        ],
    )


class PartnerForm(BaseForm):
    """What an organisation tells as a partner, in its own words."""

    offers = TextAreaField(
        _l("What do you offer? One thing on each line"), filters=[Body()], validators=[at_most(1_500)]
    )
    seeks = TextAreaField(
        _l("What are you looking for? One thing on each line"), filters=[Body()], validators=[at_most(1_500)]
    )
    results = TextAreaField(_l("What came of your work?"), filters=[Body()], validators=[at_most(3_000)])
    practice = TextAreaField(
        _l("Which example do you want to share with others?"), filters=[Body()], validators=[at_most(3_000)]
    )

    def lines(self, name: str) -> list[str]:
        """Return the lines of a field."""
        told = (OneLine()(line).strip(" -•") for line in (self[name].data or "").splitlines())
        return [line for line in told if line]


class IntroduceForm(CreatingForm):
    """Which two organisations may want to meet, and why."""

    one_body = SelectField(_l("The one organisation"), validate_choice=False)
    other_body = SelectField(_l("The other organisation"), validate_choice=False)
    reason = TextAreaField(
        _l("Why should they meet? Both read this"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why, in words for both.")), at_most(1_000)],
    )

    def offer(self, bodies: Sequence[tuple[str, str]]) -> None:
        self.one_body.choices = self.other_body.choices = [("", _("choose")), *bodies]

    def validate_other_body(self, field: Field) -> None:
        if not field.data or not self.one_body.data:
            raise ValidationError(_("Choose two organisations."))
        if field.data == self.one_body.data:
            raise ValidationError(_("Choose two different organisations."))


class AnswerIntroductionForm(BaseForm):
    """Whether an organisation wants to meet the other, and whom that can reach."""

    accepts = RadioField(_l("Do you want to meet?"), choices=[])
    contact = TextAreaField(_l("Whom can they reach, and how?"), filters=[Body()], validators=[at_most(300)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accepts.choices = [("yes", _("Yes, we want to meet")), ("no", _("No, not now"))]

    def validate_contact(self, field: Field) -> None:
        if self.accepts.data == "yes" and not field.data:
            raise ValidationError(_("Write whom the other organisation can reach, and how."))


class CameOfForm(BaseForm):
    """What came of an introduction."""

    came_of = StringField(
        _l("What came of it?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what came of it.")), at_most(500)],
    )


class GroupRow(Form):
    """How many people of one group took part; `group` is "area/CODE" or "age/CODE", without a code: not known."""

    group = HiddenField()
    people = StringField(filters=[OneLine()])

    def validate_people(self, field: Field) -> None:
        told = (field.data or "").strip()
        if told and not (told.isascii() and told.isdecimal() and len(told) < 9):
            raise ValidationError(_("Write a whole number, such as 120."))


class ReachForm(BaseForm):
    """How many people of each neighbourhood and age took part."""

    counted_from = StringField(
        _l("Where do these numbers come from?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write where the numbers come from.")), at_most(200)],
    )
    groups = FieldList(FormField(GroupRow), _l("People who took part"), max_entries=MOST_GROUPS)

    def show(self, groups: Sequence[tuple[str, str, int]], source: str) -> None:
        """Show each group with its words and what is known of it, unless somebody already typed."""
        self.prefill(counted_from=source, groups=[{"group": key, "people": str(people)} for key, _w, people in groups])
        words = {key: label for key, label, _people in groups}
        for row in self.groups:
            row.form.people.label.text = words.get(row.form.group.data or "", row.form.group.data or "")

    def counted(self, kind: str) -> dict[str, int]:
        """Return what was counted by neighbourhood or by age; an empty field is nothing."""
        found = {}
        for row in self.groups:
            name, _slash, code = (row.form.group.data or "").partition("/")
            if name == kind and row.form.people.data:
                found[code[:20]] = int(row.form.people.data)
        return found


class OutreachForm(CreatingForm):
    """What will be done to reach a group."""

    group = SelectField(_l("Whom do you want to reach?"))
    what = StringField(
        _l("What will you do?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what you will do.")), at_most(300)],
    )
    planned_on = DateField(_l("On which day?"), validators=[filled(lambda: _("Choose the day."))])

    def offer(self, groups: Sequence[tuple[str, str]]) -> None:
        self.group.choices = list(groups)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group.validate_choice = False
        self.group.choices = []

    def validate_group(self, field: Field) -> None:
        kind, _slash, code = (field.data or "").partition("/")
        if kind not in {"area", "age"} or not code or len(code) > 20:
            raise ValidationError(_("Choose whom you want to reach."))


class OutreachDoneForm(BaseForm):
    """What something reached."""

    done_on = DateField(_l("On which day was it?"), validators=[filled(lambda: _("Choose the day."))])
    reached = IntegerField(
        _l("How many people did you reach?"),
        validators=[_is_told, NumberRange(0, MOST_PEOPLE, _l("Write a number of people from 0 to 10,000,000."))],
    )
    note = TextAreaField(_l("What did you learn?"), filters=[Body()], validators=[at_most(500)])


class AskAdviceForm(CreatingForm):
    """Which department is asked for advice, about what, by which day."""

    department = SelectField(_l("Which department?"), coerce=_id, validate_choice=False)
    question = TextAreaField(
        _l("What do you ask?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write your question.")), at_most(1_000)],
    )
    due_on = DateField(_l("By which day?"), validators=[filled(lambda: _("Choose the day."))])

    def offer(self, departments: Sequence[tuple[str, str]]) -> None:
        self.department.choices = [("", _("choose")), *departments]

    def validate_department(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose the department."))


class AdviceForm(BaseForm):
    """The advice as it was given."""

    advice = TextAreaField(
        _l("What is the advice?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write the advice, or where it can be read.")), at_most(10_000)],
    )
    answered_on = DateField(_l("On which day was it given?"), validators=[filled(lambda: _("Choose the day."))])


class WaiveForm(BaseForm):
    """Why it goes on without an advice."""

    because = TextAreaField(
        _l("Why does it go on without this advice?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why.")), at_most(500)],
    )
