import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from consult.foundation import clock
from consult.foundation.errors import NotAllowed, Unavailable
from consult.foundation.language import speaking
from consult.foundation.oidc import Broker, BrokerDown, Untrusted, claim, new_errand, whole_bsn
from tests.broker import CLIENT_ID, FakeBroker, a_broker
from tests.house.code import imports, modules
from tests.shows import shows

BACK = "http://localhost/login/broker/back"
BSN = "123456782"  # passes the eleven test, and is nobody's
FETCHERS = {"requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "authlib", "ftplib", "pycurl"}


@pytest.fixture
def fake():
    with a_broker() as running:
        yield running


def ours(fake: FakeBroker, **changed) -> Broker:
    return Broker(**vars(fake.settings(**changed)))


def told_by(fake: FakeBroker, broker: Broker | None = None, *, code: str = "", **changed):
    """Go to the broker and come back."""
    broker, errand = broker or ours(fake, **changed), new_errand()
    back = parse_qs(urlsplit(fake.sign_in(broker.address(errand, BACK))).query)
    assert back["state"] == [errand.state]
    return broker.hear(errand, BACK, code or back["code"][0])


@shows("L23")
def test_somebody_who_signed_in_there_is_told_here(fake):
    fake.claims = {"sub": "s-1", "acr": "high", "given": {"name": "Jo"}, "email": "jo@voorbeeld.test"}
    told = told_by(fake, name_claim="given.name", levels=("substantial", "high"))
    assert (told.subject, told.name, told.email) == ("s-1", "Jo", "")
    fake.claims["email_verified"] = True
    assert told_by(fake).email == "jo@voorbeeld.test"


def test_the_browser_is_sent_with_a_challenge_and_never_with_a_secret(fake):
    errand = new_errand()
    address = ours(fake, levels=("substantial", "high")).address(errand, BACK)
    asked = parse_qs(urlsplit(address).query)
    assert asked["redirect_uri"] == [BACK]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["acr_values"] == ["substantial high"]
    assert errand.verifier not in address
    assert errand.verifier not in repr(errand)


@shows("L23")
@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ({"aud": "another client"}, "aud"),
        ({"aud": ["another client"]}, "aud"),
        ({"aud": [CLIENT_ID, "another client"]}, "azp"),
        ({"azp": "another client"}, "azp"),
        ({"iss": "https://elsewhere.example"}, "iss"),
        ({"exp": 1_700_000_000}, "exp"),
        ({"iat": int(time.time()) + 3_600}, "iat"),
        ({"nonce": "that of somebody else"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": None}, "exp"),
        ({"sub": ""}, "sub"),
    ],
)
def test_a_word_that_was_not_meant_for_us_now_is_not_believed(fake, lie, why):
    fake.lies = lie
    with pytest.raises(Untrusted) as refusal:
        told_by(fake)
    assert refusal.value.why == why


@shows("L23")
def test_a_level_of_assurance_below_the_floor_is_not_enough(fake):
    for level in ("low", None, ["low"]):
        fake.claims["acr"] = level
        with pytest.raises(Untrusted) as refusal:
            told_by(fake, levels=("substantial", "high"))
        assert refusal.value.why == "level"
    fake.claims = {"sub": "x", "deep": {"loa": "high"}}
    assert told_by(fake, levels=("substantial", "high"), level_claim="deep.loa").subject == "x"


def test_a_word_without_a_signature_is_not_believed(fake):
    fake.unsigned = True
    with pytest.raises(Untrusted) as refusal:
        told_by(fake)
    assert refusal.value.why == "signature"


def test_a_word_signed_with_the_key_of_another_is_not_believed(fake):
    broker = ours(fake)
    told_by(fake, broker)
    with a_broker() as other:
        other.keys[0].as_dict()
        fake.token, honest = (lambda asked: other_word(fake, other, asked)), fake.token
        with pytest.raises(Untrusted):
            told_by(fake, broker)
        fake.token = honest
    assert told_by(fake, broker).subject == "somebody"


def other_word(fake: FakeBroker, other: FakeBroker, asked) -> str:
    other.lies = {"iss": fake.issuer}
    return FakeBroker.token(other, asked)


@shows("L23")
def test_after_the_broker_took_a_new_key_sign_ins_go_on(fake):
    broker = ours(fake)
    told_by(fake, broker)
    fake.rotate()
    with clock.set_to(clock.now() + timedelta(seconds=31)):
        assert told_by(fake, broker).subject == "somebody"
    assert fake.asked.count("/keys") == 2
    assert fake.asked.count("/.well-known/openid-configuration") == 1


def test_made_up_keys_do_not_make_us_ask_the_broker_again_and_again(fake):
    broker = ours(fake)
    told_by(fake, broker)
    honest = fake.keys
    fake.rotate()
    for _ in range(5):
        with pytest.raises(Untrusted):
            told_by(fake, broker)
    assert fake.asked.count("/keys") == 1
    fake.keys = honest
    assert told_by(fake, broker).subject == "somebody"


def test_a_code_is_good_once_and_for_whoever_began(fake):
    broker, errand = ours(fake), new_errand()
    code = parse_qs(urlsplit(fake.sign_in(broker.address(errand, BACK))).query)["code"][0]
    with pytest.raises(Untrusted):  # the verifier of somebody else
        broker.hear(new_errand(), BACK, code)
    with pytest.raises(Untrusted):
        broker.hear(errand, BACK, code)
    with pytest.raises(Untrusted):
        told_by(fake, broker, code="made up")


@pytest.mark.parametrize("status", [500, 503, 302, 404])
def test_a_broker_that_does_not_answer_well_is_down(fake, status):
    fake.status = status
    with pytest.raises(BrokerDown):
        told_by(fake)


def test_a_broker_that_is_not_there_is_down_and_is_left_alone_for_a_while():
    broker = Broker(issuer="http://127.0.0.1:9", client_id="x", client_secret="y", label="DigiTest")
    with speaking("nl"), pytest.raises(BrokerDown) as refusal:
        broker.address(new_errand(), BACK)
    assert isinstance(refusal.value, Unavailable)
    assert "DigiTest" in refusal.value.sentence
    assert "does not answer" not in refusal.value.sentence
    with a_broker() as fake:
        broker.issuer = fake.issuer
        with pytest.raises(BrokerDown):
            broker.address(new_errand(), BACK)
        assert fake.asked == []
        with clock.set_to(clock.now() + timedelta(seconds=11)):
            assert broker.address(new_errand(), BACK).startswith(fake.issuer)


@shows("R50")
@pytest.mark.parametrize(
    "tells",
    [
        {"token_endpoint": "http://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "http://elsewhere.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"issuer": "https://elsewhere.example"},
    ],
)
def test_nothing_is_fetched_from_another_host_than_the_brokers_own(fake, tells):
    fake.tells = tells
    with pytest.raises(BrokerDown):
        told_by(fake)
    assert fake.asked == ["/.well-known/openid-configuration"]


@shows("R50")
def test_a_redirect_is_not_followed_and_a_large_answer_is_not_taken(fake):
    fake.status = 302
    with pytest.raises(BrokerDown):
        told_by(fake)
    assert "/elsewhere" not in fake.asked
    fake.status, fake.tells = 200, {"more": "x" * 600_000}
    with pytest.raises(BrokerDown):
        told_by(fake)


@shows("R50")
def test_one_module_alone_speaks_to_the_network_and_no_form_holds_an_address_to_fetch():
    fetching = {
        file
        for file, tree in modules().items()
        for name, _line in imports(tree)
        for fetcher in FETCHERS
        if name == fetcher or name.startswith(f"{fetcher}.")
    }
    assert fetching == {"consult/foundation/oidc.py"}


@shows("L24")
def test_where_a_claim_stands_can_be_set_as_brokers_have_it():
    bsn = {"bsn": BSN, "identity": {"bsn": 999_990_019}}
    assert (claim(bsn, "bsn"), claim(bsn, "identity.bsn")) == (BSN, "999990019")
    eherkenning = {
        "urn:etoegang:core:LegalSubjectID": "90000001",
        "urn:etoegang:1.9:ServiceRestriction:Vestigingsnr": "000012345678",
        "urn:etoegang:core:LegalSubjectID.namequalifier": "urn:etoegang:1.9:EntityConcernedID:KvKnr",
        "urn:etoegang:core:ActingSubjectID": {"1.0": {"id": "abc"}},
    }
    assert claim(eherkenning, "urn:etoegang:core:LegalSubjectID") == "90000001"
    assert claim(eherkenning, "urn:etoegang:1.9:ServiceRestriction:Vestigingsnr") == "000012345678"
    assert claim(eherkenning, "urn:etoegang:core:ActingSubjectID.1.0.id") == "abc"
    for nothing in ("x", "urn:etoegang", "urn:etoegang:core:ActingSubjectID", "", "a.b.c"):
        assert claim(eherkenning, nothing) == ""
    assert claim({"a": True}, "a") == ""


def test_an_organisations_number_is_a_subject_like_any_other(fake):
    fake.claims = {
        "sub": "x",
        "urn:etoegang:core:LegalSubjectID": "90000001",
        "loa": "urn:etoegang:core:assurance-class:loa3",
    }
    told = told_by(
        fake,
        subject_claim="urn:etoegang:core:LegalSubjectID",
        level_claim="loa",
        levels=("urn:etoegang:core:assurance-class:loa3", "urn:etoegang:core:assurance-class:loa4"),
    )
    assert told.subject == "90000001"


@shows("L24")
def test_a_citizen_service_number_has_one_form_and_no_other_passes(fake):
    assert whole_bsn(BSN) == BSN
    assert whole_bsn("10000008") == "010000008"
    for wrong in ("123456789", "000000000", "", "12345678x", "1234567821", "-23456782"):
        assert whole_bsn(wrong) == ""
    fake.claims = {"sub": "x", "bsn": BSN, "acr": "high"}
    told = told_by(fake, subject_claim="bsn", subject_is_bsn=True, levels=("high",))
    assert told.subject == BSN
    assert BSN not in repr(told)
    fake.claims["bsn"] = "123456789"
    with pytest.raises(Untrusted):
        told_by(fake, subject_claim="bsn", subject_is_bsn=True, levels=("high",))


def test_a_refusal_is_a_sentence_in_the_language_of_the_person(fake):
    fake.lies = {"aud": "another"}
    with speaking("nl"), pytest.raises(NotAllowed) as refusal:
        told_by(fake)
    assert "DigiTest" in refusal.value.sentence
    assert "We could not" not in refusal.value.sentence
