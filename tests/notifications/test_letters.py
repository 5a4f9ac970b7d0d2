"""Every kind of message, written whole: its words, its head, its links, and nothing that a person could hide there."""

import email
import email.policy
import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import html5lib
import pytest

from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import speaking
from consult.notifications import delivery, letters
from consult.notifications.kinds import DIGEST, KINDS
from consult.notifications.models import Topic
from consult.notifications.queries import list_recipients
from consult.notifications.values import Over
from consult.policy import Duty, Role
from consult.rounds.models import RoundState
from consult.synthesis.models import Outcome
from tests import looking
from tests.builders import appoint
from tests.notifications.builders import a_mail, html_of, text_of
from tests.notifications.every_kind import EVERY, everything
from tests.shows import shows
from tests.site import settings_for

CANARY = "<script>alert(1)</script>\"'&{{7*7}}%(x)s"
SPLIT = "Dag\r\nBcc: elders@voorbeeld.test\r\n\r\n\x00\u2028\u202eTekst\tvan\u0085iemand"
PARTS = ["multipart/alternative", "text/plain", "text/html"]
HEAD = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    "List-Unsubscribe", "List-Unsubscribe-Post",
}  # fmt: skip


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def written(told, kind, settings, *, language="nl"):
    """The e-mail of one kind, as it goes over the line."""
    one = a_mail(kind, told.reader, facts=told.facts[kind])
    person = list_recipients([told.reader.id])[told.reader.id]
    person = type(person)(**{**vars(person), "language": language})
    letter = delivery.letter_of(settings, one, person)
    with speaking(language):
        return letters.as_email(letter, settings, one.id.hex, person.email)


@pytest.fixture
def settings(unit, homes, kind):
    base_url = "https://meedenken.gemeente.test"
    return settings_for(homes.database(kind), base_url=base_url, mail_from="post@gemeente.test")


@shows("R34", "R46")
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_message_is_whole_in_both_languages(settings, language):
    told = everything()
    for name in EVERY:
        made = written(told, name, settings, language=language)
        said = text_of(made)
        assert set(made.keys()) <= HEAD, name
        assert [part.get_content_type() for part in made.walk()] == PARTS, name
        assert str(made["From"]) == "Een bankje bij de vijver <post@gemeente.test>", name
        assert made["Auto-Submitted"] == "auto-generated", name
        assert not re.search(r"%\(|\bNone\b|\{\{|  \S", said), (name, said)
        assert looking.faults_of(html_of(made)) == ["an inline <style>"], name  # a mail program fetches no sheet
        assert f'lang="{language}"' in html_of(made), name
        links = re.findall(r"https?://\S+", said)
        assert all(urlsplit(link).netloc == "meedenken.gemeente.test" for link in links), name
        assert all(urlsplit(link).path.startswith("/en/") == (language == "en") for link in links), (name, links)
        assert said.count("-- \n") == 1, name  # the reason stands under the line that mail programs know
        reason = said.split("-- \n")[1].splitlines()[0]
        assert reason.startswith(("U krijgt dit omdat", "You get this because")), name
        switchable = KINDS[name].topic is not None
        assert ("List-Unsubscribe" in made) == ("List-Unsubscribe-Post" in made) == switchable, name
        if switchable:
            assert made["List-Unsubscribe"].strip("<>") in links, name
            assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click", name


@shows("R46")
def test_no_name_or_title_can_end_a_line_of_the_head(settings):
    told = everything(SPLIT)
    for name in EVERY:
        made = written(told, name, settings)
        raw = made.as_bytes()
        head = email.message_from_bytes(raw, policy=email.policy.default)
        assert set(made.keys()) <= HEAD, name
        assert list(head.keys()) == list(made.keys()), name
        assert len(made["To"].addresses) == len(head["To"].addresses) == 1, name
        assert b"\nBcc" not in raw.split(b"\n\n", 1)[0], name
        assert b"\x00" not in raw, name
        hidden = {"\n", "\r", "\u2028", "\u202e", "\u0085"} & set(str(made["Subject"]) + str(made["From"]))
        assert not hidden, name


@shows("R42")
def test_markup_in_every_place_stays_text(settings):
    told = everything(CANARY)
    seen = 0
    for name in EVERY:
        page = html5lib.parse(html_of(written(told, name, settings)), namespaceHTMLElements=False)
        assert list(page.iter("script")) == [], name
        assert not [one for one in page.iter() if any(str(a).startswith("on") for a in one.attrib)], name
        seen += CANARY in "".join(page.itertext())
    assert seen == len(EVERY)  # the authority's name stands under every message


def test_a_quote_stands_apart_and_every_line_of_it_is_marked(settings):
    made = written(everything("Eerste regel"), "received", settings)
    assert "> Eerste regel\n> \n> Meer.\n" in text_of(made)
    assert "<blockquote>Eerste regel\n\nMeer.</blockquote>" in html_of(made)


def test_the_receipt_gives_back_the_whole_text_with_number_and_moment(settings):
    told = everything("woord " * 700)
    said = text_of(written(told, "received", settings))
    assert said.replace("> ", "").count("woord") > 690
    assert re.search(r"Het nummer is [a-z0-9]{10}\.", said)


@shows("R27")
@pytest.mark.parametrize("name", ["phase_opened", "draft_published", "argued", "merged_nearby", "outcome_nearby"])
def test_nothing_is_told_of_what_its_recipient_may_not_see_any_more(settings, name):
    told = everything()
    told.round.state = RoundState.DRAFT
    session().flush()
    with pytest.raises(Over):
        written(told, name, settings)


@shows("R27")
def test_an_argument_that_was_hidden_meanwhile_is_not_told(settings):
    told = everything()
    session().get_one(Contribution, UUID(told.facts["argued"]["contribution"])).state = State.HELD
    session().flush()
    with pytest.raises(Over):
        written(told, "argued", settings)


@pytest.mark.parametrize("name", ["phase_opened", "last_week"])
def test_a_phase_that_is_over_is_no_news(settings, name):
    told = everything()
    with clock.set_to(clock.now() + timedelta(days=60)), pytest.raises(Over):
        written(told, name, settings)


def test_an_answer_that_was_replaced_meanwhile_is_not_told(settings):
    told = everything()
    session().get_one(Outcome, UUID(told.facts["outcome"]["outcome"])).outdated_at = clock.now()
    session().flush()
    with pytest.raises(Over):
        written(told, "outcome", settings)


@pytest.mark.parametrize("name", ["outcome", "outcome_joined", "outcome_nearby"])
def test_an_answer_is_told_as_final_once_the_decision_was_taken(settings, name):
    told = everything()
    outcome = session().get_one(Outcome, UUID(told.facts["outcome"]["outcome"]))
    outcome.final_at = None
    assert "staat nog niet vast" in text_of(written(told, name, settings))
    outcome.final_at = clock.now()
    said = text_of(written(told, name, settings))
    assert "staat nog niet vast" not in said
    assert "Dit is definitief" in said


def test_whoever_serves_a_round_in_preparation_is_told_of_it(settings):
    told = everything()
    told.round.state, told.reader.role = RoundState.DRAFT, Role.DIRECTOR
    appoint(told.round, told.reader, Duty.DIRECTOR)
    session().flush()
    assert "wacht op u" in str(written(told, "gate_waiting", settings)["Subject"])


def test_the_sheet_of_a_message_is_the_one_that_its_policy_names(settings):
    made = written(everything(), "received", settings)
    assert f"<style>{letters.style()}</style>" in html_of(made)


def test_every_kind_says_how_often_it_comes():
    assert {kind.topic for kind in KINDS.values()} == {None, *Topic}
    assert KINDS[DIGEST].topic is None


def test_a_message_speaks_of_this_installation_without_an_authority_too(unit, homes, kind):
    settings = settings_for(homes.database(kind))
    one = a_mail("password_changed")
    person = list_recipients([one.recipient_id])[one.recipient_id]
    assert "localhost" in letters.as_text(delivery.letter_of(settings, one, person))
