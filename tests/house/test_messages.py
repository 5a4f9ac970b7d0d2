"""Every message that any room tells has a line in the table of kinds, words in both languages, and links that lead."""

import ast
import re
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from consult.foundation import clock
from consult.foundation.language import speaking
from consult.foundation.mail import Mail
from consult.notifications import delivery, letters
from consult.notifications.audience import AUDIENCES
from consult.notifications.kinds import DIGEST, KINDS
from consult.notifications.queries import list_recipients
from tests.house import catalogues
from tests.house.code import calls, modules
from tests.notifications.every_kind import EVERY, everything
from tests.site import Site

TELLS = {"enqueue", "mail.enqueue", "mail_link", "verbs.mail_link", "_mail_representatives", "_tell_owner", "tell_of"}
# Where the kind is an argument that came from a call in TELLS, or from the table itself.
PASSED_ON = {"consult/foundation/mail.py", "consult/accounts/verbs.py", "consult/participants/organisations.py"}
PASSED_ON |= {"consult/positions/verbs.py", "consult/notifications/verbs.py", "consult/participants/verbs.py"}
PASSED_ON |= {"consult/accounts/views.py", "consult/notifications/delivery.py", "consult/review/verbs.py"}
TABLES = {"consult/notifications/kinds.py", "consult/notifications/values.py"}
NOT_TOLD_YET = {"export_ready", "question"}  # what waits for a verb of its own


def told() -> dict[str, str]:
    """Every kind that code names where it tells something, with the place."""
    found = {}
    for file, tree in modules().items():
        for name, call in calls(tree):
            if name.rpartition(".")[2] not in {one.rpartition(".")[2] for one in TELLS}:
                continue
            words = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            assert words or file in PASSED_ON, f"{file}:{call.lineno}: which kind is told here?"
            found |= dict.fromkeys(words[:1], f"{file}:{call.lineno}")
    return found


def test_every_kind_that_is_told_is_in_the_table():
    unknown = {kind: place for kind, place in told().items() if kind not in KINDS}
    assert not unknown, f"add to consult/notifications/kinds.py: {unknown}"


def test_every_kind_of_the_table_is_told_somewhere():
    written = {
        node.value
        for file, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and file not in TABLES
    }
    known = {*written, *NOT_TOLD_YET, DIGEST}
    assert not set(KINDS) - known, f"nobody tells {set(KINDS) - known}"
    assert not NOT_TOLD_YET & set(told()), "somebody tells it now; take it off the list"


def test_what_is_told_to_nobody_by_name_has_an_audience():
    for file, tree in modules().items():
        for name, call in calls(tree):
            if name.rpartition(".")[2] != "enqueue" or file == "consult/foundation/mail.py":
                continue
            named = {keyword.arg for keyword in call.keywords}
            kinds = [one.value for one in call.args if isinstance(one, ast.Constant)]
            if kinds and not named & {"recipient_id", "address"}:
                assert kinds[0] in AUDIENCES, f"{file}:{call.lineno}: whom does {kinds[0]} concern?"


def test_every_sentence_of_every_kind_has_words_in_dutch():
    known = {}
    for catalogue in catalogues.catalogues("nl").values():
        known |= {catalogues._key(one): catalogues._words(one) for one in catalogues._entries(catalogue)}
    said = {
        sentence
        for kind in KINDS.values()
        for sentence in (kind.subject, *kind.says, kind.reason, kind.button)
        if re.sub(r"%\(\w+\)s", "", sentence)
    }
    missing = sorted(sentence for sentence in said if not known.get(sentence))
    assert not missing, "\n".join(missing)


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_link_of_every_message_leads_to_a_page(empty_database, language):
    site, dead = Site(empty_database), []
    with site.writing():
        world = everything()
    adapter = site.app.url_map.bind("localhost")
    with site.reading():
        person = list_recipients([world.reader.id])[world.reader.id]
        person = type(person)(**{**vars(person), "language": language})
        for name in EVERY:
            told = world.facts[name]
            message = Mail(kind=name, recipient_id=world.reader.id, facts=told, enqueued_at=clock.now())
            with speaking(language):
                said = letters.as_text(delivery.letter_of(site.settings, message, person))
            for link in re.findall(r"http://localhost(\S*)", said):
                path = urlsplit(link).path.removeprefix("/en") or "/"
                try:
                    adapter.match(path, method="GET")
                except HTTPException:
                    dead.append(f"{name}: {path}")
    assert not dead, "\n".join(dead)
