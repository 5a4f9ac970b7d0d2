"""No page, message or document of a province or a water authority speaks of the organs of a municipality."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from consult.foundation.language import FOLDER, gettext, overlay, speaking
from consult.notifications.kinds import KINDS
from consult.rounds.models import AuthorityKind, Organ
from consult.rounds.queries import find_authority
from tests.builders import an_authority
from tests.house import who
from tests.house.test_seen_static import path_of
from tests.house.test_who import Doors
from tests.shows import shows
from tests.site import Browser, Site

OTHERS = (AuthorityKind.PROVINCE, AuthorityKind.WATER_AUTHORITY)
MUNICIPAL = {
    "nl": re.compile(
        r"\b(gemeente(raad|blad|wet)?|de raad|raads\w+|wethouders?|burgemeester|college( van B en W)?|griffie|gmb)\b",
        re.I,
    ),
    "en": re.compile(r"\b(municipal\w*|aldermen|alderman|mayor|gmb)\b", re.I),
}
PROVINCIAL = re.compile(r"\b(provinci\w*|prb|statengriffie|statendossier|gedeputeerden?)\b", re.I)
OF_WATER = re.compile(r"\b(waterschap\w*|wsb|algemeen bestuur|dagelijks bestuur|heemraden|dijkgraaf)\b", re.I)
PROVINCIAL_EN = re.compile(r"\b(provincial|provinces? act|prb)\b", re.I)
OF_WATER_EN = re.compile(r"\b(water authorit\w+|general assembly|daily board|wsb)\b", re.I)
OWN = {
    "nl": dict(zip(AuthorityKind, (MUNICIPAL["nl"], PROVINCIAL, OF_WATER), strict=True)),
    "en": dict(zip(AuthorityKind, (MUNICIPAL["en"], PROVINCIAL_EN, OF_WATER_EN), strict=True)),
}
# By language and kind of authority: what belongs to one of the two others.
FOREIGN = {
    (language, kind): re.compile("|".join(words.pattern for other, words in own.items() if other is not kind), re.I)
    for language, own in OWN.items()
    for kind in AuthorityKind
}
READABLE = {"text/html", "text/plain", "text/calendar", "application/atom+xml"}
# They name all kinds of authority beside each other, for the administrator who chooses one.
ALL_KINDS = {
    "municipality",
    "Such as GM0344 for a municipality, PV26 for a province or WS0636 for a water authority.",
}
# One shows how things look, with examples of one place; the other asks which of the three kinds it is.
OF_ALL_KINDS = {"pages.components", "rounds.authority_page"}
# What the world of the tests itself typed: names, addresses, who decides, and the number of a notice.
OF_PEOPLE = re.compile(
    r"Gemeente Wilgendrecht|De gemeenteraad|([\w.]+@)?gemeente\.test|gmb-2026-1\b|betaald door de gemeente",
    re.IGNORECASE,
)


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def sentences(language: str) -> Iterator[tuple[str, str]]:
    """Every sentence with how a municipality says it."""
    for path in sorted((FOLDER / "nl").glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale="nl"):
                told = message.string if isinstance(message.string, tuple) else (message.string,)
                names = message.id if isinstance(message.id, tuple) else (message.id,)
                yield from zip(names, told if language == "nl" else names, strict=False)


@shows("S06")
@pytest.mark.parametrize("language", MUNICIPAL)
def test_every_sentence_about_an_organ_has_one_for_each_kind_of_authority(language):
    missing, wrong = [], []
    for name, told in sentences(language):
        if name in ALL_KINDS or not MUNICIPAL[language].search(told):
            continue
        for kind in OTHERS:
            instead = overlay(language).get(name, {}).get(kind.value)
            if instead is None:
                missing.append(f"{language}@{kind.value}: {name!r}")
            elif MUNICIPAL[language].search(instead):
                wrong.append(f"{language}@{kind.value}: {instead!r}")
    assert not missing, "add these to organs.po:\n" + "\n".join(sorted(set(missing)))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", MUNICIPAL)
def test_what_is_said_instead_is_said_by_somebody_and_names_the_same_places(language):
    known = dict(sentences("en"))
    places = re.compile(r"%\(\w+\)s")
    for name, variants in overlay(language).items():
        assert name in known, f"nothing says {name!r} any more"
        for instead in variants.values():
            assert sorted(places.findall(instead)) == sorted(places.findall(name)), name


@shows("S06")
def test_a_province_has_states_and_a_water_authority_has_boards(site: Site):
    expected = {
        AuthorityKind.MUNICIPALITY: ("de raad", "het Gemeenteblad", "artikel 150 van de Gemeentewet"),
        AuthorityKind.PROVINCE: ("Provinciale Staten", "het Provinciaal blad", "artikel 147 van de Provinciewet"),
        AuthorityKind.WATER_AUTHORITY: (
            "het algemeen bestuur",
            "het Waterschapsblad",
            "artikel 79 van de Waterschapswet",
        ),
    }
    for kind, told in expected.items():
        with site.writing():
            set_kind(kind)
        with site.reading(), speaking("nl"):
            law = gettext("the article on participation in the law of this authority")
            assert (Organ.COUNCIL.words, gettext("the official gazette"), law) == told


@shows("S06")
@pytest.mark.parametrize("kind_of", AuthorityKind)
def test_no_page_speaks_of_the_organs_of_another_kind_of_authority(site: Site, kind_of: AuthorityKind):
    with site.writing():
        world = who.a_world("open")
        set_kind(kind_of)
    doors, found, seen, first = Doors(site, world, {}), [], 0, list(AuthorityKind).index(kind_of)
    for rule, method in doors.ways():
        if method != "GET" or rule.endpoint in OF_ALL_KINDS:
            continue
        role = next((name for name in who.roles() if doors.cell(rule, "open", name) == "ok"), None)
        if role is None:
            continue
        path = path_of(site, world, rule)
        language = ("nl", "en")[(seen + first) % 2]  # each page in one of both, with another kind in the other
        answer = Browser(site).as_(world.people[role]).get(path if language == "nl" else f"/en{path}")
        if answer.status_code != 200 or answer.mimetype not in READABLE:
            continue
        seen += 1
        said = OF_PEOPLE.sub("", re.sub(r"<[^>]+>", " ", answer.text))
        for foreign in FOREIGN[language, kind_of].finditer(said):
            found.append(
                f"{language}: {rule.endpoint} as {role}: {said[max(0, foreign.start() - 60) : foreign.end() + 40]!r}"
            )
    assert seen > 200, seen
    assert not found, "\n".join(found)


@shows("S06")
def test_no_message_of_another_authority_shows_municipal_organs(site: Site):
    for kind in OTHERS:
        with site.writing():
            set_kind(kind)
        with site.reading(), speaking("nl"):
            for name, one in KINDS.items():
                for words in (one.subject, one.reason, one.button, *one.says):
                    assert not MUNICIPAL["nl"].search(gettext(words) if words else ""), (kind, name, words)


def set_kind(kind: AuthorityKind) -> None:
    held = find_authority() or an_authority("Ons gezag")
    held.kind = kind
