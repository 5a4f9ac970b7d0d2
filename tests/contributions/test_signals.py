import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.contributions.models import SignalKind
from consult.contributions.signals import is_bsn, is_iban, new_in, seen_in

BSN, IBAN, PHONE = SignalKind.BSN, SignalKind.IBAN, SignalKind.PHONE
EMAIL, ADDRESS, LINKS = SignalKind.EMAIL, SignalKind.ADDRESS, SignalKind.LINKS


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Mijn nummer is 111222333.", {BSN}),  # the number that the government uses in examples
        ("Mijn nummer is 123456782", {BSN}),
        ("bsn 1234.56.782 van hem", {BSN}),
        ("bsn 1234 56 782 van hem", {BSN}),
        ("bsn 123 456 782 van hem", {BSN}),
        ("Mijn nummer is 123456783", set()),  # fails the eleven test
        ("000000000", set()),
        ("Het kost € 123.456.782", set()),
        ("1234567821", set()),  # ten digits
        ("Zaak 2026-123456782-01", set()),
        ("Rekening NL91 ABNA 0417 1643 00 graag", {IBAN}),
        ("Rekening NL91ABNA0417164300.", {IBAN}),
        ("rekening nl91abna0417164300", {IBAN}),
        ("Rekening NL91 ABNA 0417 1643 01", set()),  # its check fails
        ("Rekening BE68 5390 0754 7034 deze week", {IBAN}),
        ("Rekening XX91 ABNA 0417 1643 00", set()),
        ("Bel 06-12345678", {PHONE}),
        ("Bel 06 12 34 56 78.", {PHONE}),
        ("Bel +31 6 12345678", {PHONE}),
        ("Bel 0031612345678", {PHONE}),
        ("Bel +31 (0)20 123 45 67", {PHONE}),
        ("Bel (020) 123 45 67", {PHONE}),
        ("Bel 0800-1234567 of 0900 1234567", set()),  # anybody may call these
        ("Bel 14 020 of 112", set()),
        ("Bel 06-1234567", set()),  # one digit short
        ("Er zijn 0612345678901 tegels", set()),
        ("Mail piet@voorbeeld.nl", {EMAIL}),
        ("Mail ons: Inspraak@Gemeente.test!", set()),  # ours
        ("Kom @plein om 12 uur", set()),
        ("Ik woon op Dorpsstraat 12, 1234 AB Wilgendrecht", {ADDRESS}),
        ("Ik woon op Dorpsstraat 12a 1234AB", {ADDRESS}),
        ("Postcode 1234 AB, nr. 12", {ADDRESS}),
        ("Postcode 1234AB 12", {ADDRESS}),
        ("De buurt 1234 AB mag groener", set()),  # a postcode alone is a street
        ("Om 12 2026 SS of 1234 SD", set()),  # no postcode ends so
        ("In 2026 is het 12 jaar", set()),
        ("https://a.nl en https://b.nl", set()),
        ("https://a.nl www.b.nl http://c.nl", {LINKS}),
        ("", set()),
    ],
)
def test_what_a_machine_sees_in_a_text(text, seen):
    assert seen_in(text, ["inspraak@gemeente.test"]) == seen


@given(st.integers(0, 99_999_999), st.integers(0, 9))
def test_of_ten_last_digits_at_most_one_passes_the_eleven_test(start, last):
    passing = [digit for digit in range(10) if is_bsn(f"{start:08}{digit}")]
    assert len(passing) <= 1
    if passing and last != passing[0]:
        assert not is_bsn(f"{start:08}{last}")


@given(st.text(alphabet="0123456789", min_size=10, max_size=10), st.integers(0, 9))
def test_a_bank_account_with_one_other_digit_is_none(digits, other):
    checks = [f"{n:02}" for n in range(2, 99) if is_iban(f"NL{n:02}ABNA{digits}")]
    assert len(checks) == 1, "there is one check for each number"
    changed = f"{other}{digits[1:]}"
    assert is_iban(f"NL{checks[0]}ABNA{changed}") == (changed == digits)


@pytest.mark.parametrize("number", ["", "NL", "NL91ABNA04171643000", "NL91ABNA041716430é"])
def test_what_is_no_bank_account_number_is_none(number):
    assert not is_iban(number)


def test_of_a_change_only_what_is_new_counts():
    before = "Bel 06-12345678."
    assert new_in("Bel 06 12345678 of niet.", before) == set(), "the same number, written otherwise"
    assert new_in("Bel 06-12345678 of 06-87654321.", before) == {PHONE}
    assert new_in("Bel 06-12345678, mail a@b.nl.", before) == {EMAIL}


@given(st.text())
def test_every_text_can_be_looked_at(text):
    assert new_in(text, text) == set()
    assert seen_in(text) <= set(SignalKind)
