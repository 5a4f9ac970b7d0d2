"""What a person fills in about messages."""

from collections.abc import Iterable
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField, ValidationError

from consult.foundation.forms import BaseForm
from consult.foundation.language import LOCALES
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.notifications.models import Cadence, Topic

LANGUAGES = {"nl": "Nederlands", "en": "English"}


def known(_form: Any, field: Field) -> None:
    """Refuse a choice that is not on the page; a topic that was not asked stays as it is."""
    if field.data and field.data not in {choice.value for choice in Cadence}:
        raise ValidationError(_("Choose one of these."))


def a_topic(label: str, hint: str) -> RadioField:
    """How often somebody hears of one topic."""
    return RadioField(label, description=hint, validators=[known], validate_choice=False)


class MessagesForm(BaseForm):
    own = a_topic(_l("What I sent in"), _l("It is on the site, it was joined with another one, there is an answer."))
    followed = a_topic(
        _l("Rounds and proposals that I follow"),
        _l("A phase begins or ends soon, a draft is on the site, somebody gave an argument, there is an answer."),
    )
    organisation = a_topic(_l("For my organisation"), _l("A position was sent in, or somebody signs with you."))
    work = a_topic(_l("For my work"), _l("A phase waits to be released."))
    language = SelectField(_l("In which language"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = list(LANGUAGES.items())
        self.topics: dict[Topic, RadioField] = {
            Topic.OWN: self.own,
            Topic.FOLLOWED: self.followed,
            Topic.ORGANISATION: self.organisation,
            Topic.WORK: self.work,
        }
        for field in self.topics.values():
            field.choices = [(cadence.value, cadence.words) for cadence in Cadence]

    def chosen(self) -> dict[Topic, Cadence]:
        """Return what was answered."""
        return {topic: Cadence(field.data) for topic, field in self.topics.items() if field.data}

    def ask(self, topics: Iterable[Topic]) -> list[RadioField]:
        """Return the fields of some topics, in their order."""
        return [self.topics[topic] for topic in topics]


class FollowForm(BaseForm):
    follow = HiddenField()  # "yes", or anything else to stop


assert set(LANGUAGES) == set(LOCALES)
