import uuid

import pytest

from consult.foundation.errors import Refused
from consult.participants import rules
from consult.participants.models import OrganisationState
from tests.shows import shows

KVK = {
    "12345678": True,
    "00000001": True,
    "90000001": True,
    "00000000": False,
    "1234567": False,
    "123456789": False,
    "1234567a": False,
    "１２３４５６７８": False,
    "١٢٣٤٥٦٧٨": False,
    "-1234567": False,
    "": False,
}
BRANCH = {
    "000012345678": True,
    "000037178598": True,
    "123456789012": True,
    "000000000000": False,
    "00001234567": False,
    "0000123456789": False,
    "00001234567x": False,
    "": False,
}
RSIN = {
    "123456782": True,  # 9·1 + 8·2 + 7·3 + 6·4 + 5·5 + 4·6 + 3·7 + 2·8 - 2 = 154 = 14 · 11
    "111222333": True,
    "001509962": True,
    "123456789": False,
    "123456781": False,
    "213456782": False,  # two digits changed places
    "000000000": False,
    "12345678": False,
    "1234567820": False,
    "12345678x": False,
    "": False,
}


@shows("L26")
@pytest.mark.parametrize(
    ("is_one", "number", "expected"),
    [
        (is_one, number, expected)
        for is_one, table in ((rules.is_kvk, KVK), (rules.is_branch, BRANCH), (rules.is_rsin, RSIN))
        for number, expected in table.items()
    ],
)
def test_numbers_of_registers_are_checked_by_their_form(is_one, number, expected):
    assert is_one(number) is expected


def test_one_wrong_digit_never_passes_the_eleven_test():
    right = "123456782"
    others = [right[:n] + digit + right[n + 1 :] for n in range(9) for digit in "0123456789" if digit != right[n]]
    assert not any(map(rules.is_rsin, others))


def test_people_may_write_spaces_and_dots_in_a_number():
    assert rules.digits_of(" 12.34 56.78 ") == "12345678"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("https://www.wilg.nl/over?x=1", "wilg.nl"),
        ("WILG.nl", "wilg.nl"),
        ("www.wilg.nl.", "wilg.nl"),
        ("http://groen.wilg.nl", "groen.wilg.nl"),
    ],
)
def test_the_name_of_a_site_is_what_remains_of_its_address(typed, name):
    assert rules.domain_of(typed) == name
    assert rules.is_domain(name)


@pytest.mark.parametrize(
    "name", ["wilg", "wilg..nl", "-wilg.nl", "wilg-.nl", "wilg.n", "127.0.0.1", "wi lg.nl", "wilg.nl:80", "a@b.nl", ""]
)
def test_what_is_no_name_of_a_site_is_refused(name):
    assert not rules.is_domain(name)


def test_a_site_may_have_letters_that_english_has_not():
    assert rules.is_domain("coöperatie.nl")


@pytest.mark.parametrize(
    ("name", "taken", "short"),
    [
        ("Buurtcoöperatie Groen aan Zet", (), "buurtcooperatie-groen-aan-zet"),
        ("Groen!", ("groen",), "groen-2"),
        ("Groen", ("groen", "groen-2"), "groen-3"),
        ("New", (), "new-2"),
        ("Join", (), "join-2"),
        ("***", (), "organisatie"),
    ],
)
def test_an_organisation_gets_a_short_name_of_its_own(name, taken, short):
    assert rules.short_name(name, taken) == short


def test_the_secret_of_an_invitation_hangs_on_its_id_and_on_the_platforms_secret():
    one = uuid.uuid4()
    tokens = {rules.invitation_token(i, secret) for i in (one, uuid.uuid4()) for secret in ("a" * 32, "b" * 32)}
    assert len(tokens) == 4
    assert rules.invitation_token(one, "a" * 32) == rules.invitation_token(one, "a" * 32)
    assert len(rules.token_hash(rules.invitation_token(one, "a" * 32))) == 32


@pytest.mark.parametrize("word", ["0", "-1", "x", "1.5", "9999999", "²"])
def test_an_unknown_page_is_refused(word):
    with pytest.raises(Refused):
        rules.read_page(word)
    assert (rules.read_page(""), rules.read_page("3")) == (1, 3)


def test_an_unknown_list_is_refused():
    with pytest.raises(Refused):
        rules.read_state("vreemd")
    assert rules.read_state("") is OrganisationState.ASKED
    assert rules.read_state("refused") is OrganisationState.REFUSED
