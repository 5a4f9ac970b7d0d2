"""The second factor: giving it after the password or the link, setting it up, and codes for when it is lost."""

import uuid
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from consult.accounts import entrance, factors, passkeys, queries, rules
from consult.accounts.forms import CodeForm, PasskeyForm, RecoveryCodesForm, RecoveryForm, TotpForm
from consult.accounts.models import Factor
from consult.accounts.sealed import seal, unseal
from consult.doors import actor, may, platform
from consult.foundation.forms import BadForm, BaseForm
from consult.foundation.language import gettext as _
from consult.foundation.limits import count_try
from consult.foundation.web import local_path
from consult.policy import Act

bp = Blueprint("second", __name__)

LENT_FOR = timedelta(hours=1)  # a secret or codes that stand on a page and nowhere else
LIMITS = ((5, 300), (20, 3600), (50, 86400))  # tries, in so many seconds


def check_code(form: CodeForm) -> tuple[uuid.UUID, int] | None:
    """Return which app shows the code that was typed, and for which step; counted, before the transaction."""
    return _code_in(form) if actor().awaits_factor else None  # else the verb says so


def check_code_again(form: CodeForm) -> tuple[uuid.UUID, int]:
    """Return the same of somebody who is in already and shows once more who they are."""
    return _code_in(form)


def _code_in(form: CodeForm) -> tuple[uuid.UUID, int]:
    _count("code")
    with platform().database.reading():
        held = queries.list_factors(actor().account_id)
    found = factors.steps_shown(held, form.one_time_code.data or "", actor().arrived_at, _key())
    if not found:
        raise _wrong(form.one_time_code, _("This code is not right. Type the one that your app shows now."))
    for factor, step in found:
        if factor.last_step is None or step > factor.last_step:
            return factor.id, step
    raise _wrong(form.one_time_code, _("This code was used already. Wait until your app shows the next one."))


def check_recovery_code(form: RecoveryForm) -> None:
    """Refuse what is no recovery code of this account; counted together with codes of an app."""
    if actor().awaits_factor:
        _count("code")
        with platform().database.reading():
            known = queries.has_recovery_code(actor().account_id, form.recovery_code.data or "")
        if not known:
            raise _wrong(form.recovery_code, _("This is not one of your recovery codes, or you used it before."))


def check_passkey(form: PasskeyForm) -> tuple[uuid.UUID, bytes, int] | None:
    """Return which passkey answered which challenge, and how often it says it was used."""
    if not actor().awaits_factor:
        return None
    _count("passkey")
    challenge, held = _challenge_and_factors()
    try:
        named = passkeys.credential_in(form.credential.data or "")
        factor = next((one for one in held if one.credential_id == named), None)
        if challenge is None or factor is None or factor.public_key is None:
            raise passkeys.WrongAnswer
        answer = form.credential.data or ""
        count = passkeys.used(_place(), challenge, answer, factor.public_key, factor.sign_count)
    except passkeys.WrongAnswer as problem:
        raise _wrong(form.credential, _("Your passkey could not be checked. Try again.")) from problem
    return factor.id, challenge, count


def check_new_code(form: TotpForm) -> tuple[str, int]:
    """Return the secret of a new app, sealed, and the step of the code that it showed."""
    told = _lent("totp", form.sealed_secret.data)
    if told is None:
        raise BadForm(form.one_time_code, _("This page was open for a long time. Scan the new picture below."))
    steps = rules.steps_of(told["secret"], rules.plain_code(form.one_time_code.data or ""), actor().arrived_at)
    if not steps:
        raise BadForm(form.one_time_code, _("This code is not right. Type the one that your app shows now."))
    return seal(factors.SECRET, {"secret": told["secret"]}, _key()), steps[0]


def check_new_passkey(form: PasskeyForm) -> tuple[passkeys.New, bytes]:
    """Return the passkey that was made, and the challenge that it answers."""
    challenge, _held = _challenge_and_factors()
    try:
        if challenge is None:
            raise passkeys.WrongAnswer
        return passkeys.made(_place(), challenge, form.credential.data or ""), challenge
    except passkeys.WrongAnswer as problem:
        raise BadForm(form.credential, _("Your passkey could not be checked. Try again.")) from problem


def check_codes(form: RecoveryCodesForm) -> list[bytes]:
    """Return the recovery codes that stood on the page, as they are stored."""
    told = _lent("codes", form.sealed_codes.data)
    if told is None:
        raise BadForm(form.is_saved, _("This page was open for a long time. Save the new codes below."))
    return [rules.recovery_hash(code) for code in told["codes"]]


@bp.get("/login/second")
@may(Act.GIVE_FACTOR, form=CodeForm)
def code_page(form: CodeForm) -> ResponseReturnValue:
    held = queries.list_factors(actor().account_id)
    if actor().awaits_factor and not held:
        return redirect(url_for("second.new_totp_page", next=_next() or None), 303)
    kinds = {factor.kind.value for factor in held}
    return render_template("accounts/code_page.html", form=form, kinds=kinds, next=_next(), place=_place())


@bp.post("/login/second")
@may(Act.GIVE_FACTOR, form=CodeForm, page="second.code_page", before=check_code)
def give_code(_form: CodeForm, found: tuple[uuid.UUID, int] | None) -> ResponseReturnValue:
    return _in(factors.give_code(*(found or (uuid.UUID(int=0), 0)), actor()))


@bp.get("/login/again/code")
@may(Act.PROVE_AGAIN, form=CodeForm)
def prove_page(form: CodeForm) -> ResponseReturnValue:
    return render_template("accounts/prove_code_page.html", form=form, next=_next())


@bp.post("/login/again/code")
@may(Act.PROVE_AGAIN, form=CodeForm, page="second.prove_page", before=check_code_again)
def prove(_form: CodeForm, found: tuple[uuid.UUID, int]) -> ResponseReturnValue:
    return _in(factors.prove_by_code(*found, actor()))


@bp.get("/login/second/recovery")
@may(Act.GIVE_FACTOR, form=RecoveryForm)
def recovery_page(form: RecoveryForm) -> ResponseReturnValue:
    return render_template("accounts/recovery_page.html", form=form, next=_next())


@bp.post("/login/second/recovery")
@may(Act.GIVE_FACTOR, form=RecoveryForm, page="second.recovery_page", before=check_recovery_code)
def give_recovery_code(form: RecoveryForm, _known: None) -> ResponseReturnValue:
    return _in(factors.give_recovery_code(form.recovery_code.data or "", actor()))


@bp.post("/login/second/passkey/ask")
@may(Act.GIVE_FACTOR, form=BaseForm)
def ask_passkey(_form: BaseForm) -> ResponseReturnValue:
    factors.ask_passkey(actor())
    return redirect(url_for("second.passkey_page", next=_next() or None), 303)


@bp.get("/login/second/passkey")
@may(Act.GIVE_FACTOR, form=PasskeyForm)
def passkey_page(form: PasskeyForm) -> ResponseReturnValue:
    challenge, known = _asked()
    options = passkeys.asked_to_use(_place(), challenge, known) if challenge and known else ""
    return render_template("accounts/passkey_page.html", form=form, options=options, next=_next())


@bp.post("/login/second/passkey")
@may(Act.GIVE_FACTOR, form=PasskeyForm, page="second.passkey_page", before=check_passkey)
def give_passkey(_form: PasskeyForm, found: tuple[uuid.UUID, bytes, int] | None) -> ResponseReturnValue:
    factor_id, challenge, count = found or (uuid.UUID(int=0), b"", 0)
    return _in(factors.give_passkey(factor_id, challenge, count, actor()))


@bp.get("/login/second/new")
@may(Act.ADD_FACTOR, form=TotpForm)
def new_totp_page(form: TotpForm) -> ResponseReturnValue:
    if _must_give_first():
        return redirect(url_for("second.code_page", next=_next() or None), 303)
    told = _lent("totp", form.sealed_secret.data) or {"secret": rules.new_secret()}
    form.sealed_secret.data = _lend("totp", told)
    setup_of = partial(rules.setup_of, told["secret"], queries.get_account(actor().account_id).email)
    return render_template("accounts/new_totp_page.html", form=form, setup_of=setup_of, next=_next(), place=_place())


@bp.post("/login/second/new")
@may(Act.ADD_FACTOR, form=TotpForm, page="second.new_totp_page", before=check_new_code)
def add_totp(form: TotpForm, found: tuple[str, int]) -> ResponseReturnValue:
    return _added(factors.add_totp(*found, form.name.data or "", actor()))


@bp.post("/login/second/new/passkey/ask")
@may(Act.ADD_FACTOR, form=BaseForm)
def ask_new_passkey(_form: BaseForm) -> ResponseReturnValue:
    factors.ask_passkey(actor())
    return redirect(url_for("second.new_passkey_page", next=_next() or None), 303)


@bp.get("/login/second/new/passkey")
@may(Act.ADD_FACTOR, form=PasskeyForm)
def new_passkey_page(form: PasskeyForm) -> ResponseReturnValue:
    if _must_give_first():
        return redirect(url_for("second.code_page", next=_next() or None), 303)
    challenge, known = _asked()
    account = queries.get_account(actor().account_id)
    options_for = partial(_options, challenge, account.id.bytes, account.email, known)
    return render_template("accounts/new_passkey_page.html", form=form, options_for=options_for, next=_next())


@bp.post("/login/second/new/passkey")
@may(Act.ADD_FACTOR, form=PasskeyForm, page="second.new_passkey_page", before=check_new_passkey)
def add_passkey(form: PasskeyForm, found: tuple[passkeys.New, bytes]) -> ResponseReturnValue:
    return _added(factors.add_passkey(*found, form.name.data or "", actor()))


@bp.get("/login/second/codes")
@may(Act.MAKE_RECOVERY_CODES, form=RecoveryCodesForm)
def codes_page(form: RecoveryCodesForm) -> ResponseReturnValue:
    told = _lent("codes", form.sealed_codes.data) or {"codes": rules.new_recovery_codes()}
    form.sealed_codes.data = _lend("codes", told)
    left = queries.count_recovery_codes(actor().account_id)
    return render_template("accounts/codes_page.html", form=form, codes=told["codes"], left=left, next=_next())


@bp.post("/login/second/codes")
@may(Act.MAKE_RECOVERY_CODES, form=RecoveryCodesForm, page="second.codes_page", before=check_codes)
def keep_codes(_form: RecoveryCodesForm, hashes: list[bytes]) -> ResponseReturnValue:
    factors.keep_recovery_codes(hashes, actor())
    return redirect(_next() or url_for("participants.account"), 303)


@bp.get("/me/account/factors/<uuid:factor_id>/remove")
@may(Act.REMOVE_FACTOR, on=queries.get_own_factor)
def remove_page(factor: Factor) -> ResponseReturnValue:
    is_last = len(queries.list_factors(actor().account_id)) == 1
    return render_template("accounts/remove_page.html", factor=factor, is_last=is_last)


@bp.post("/me/account/factors/<uuid:factor_id>/remove")
@may(Act.REMOVE_FACTOR, on=queries.get_own_factor, form=BaseForm)
def remove(factor: Factor, _form: BaseForm) -> ResponseReturnValue:
    session.begin(factors.remove_factor(factor, actor()))  # type: ignore[attr-defined]
    return redirect(url_for("participants.account"), 303)


def _in(token: str) -> ResponseReturnValue:
    return entrance.onward(token, _next())


def _added(token: str) -> ResponseReturnValue:
    """Go on with a new token; whoever has no recovery codes yet gets them now."""
    session.begin(token)  # type: ignore[attr-defined]
    if queries.count_recovery_codes(actor().account_id) == 0:
        return redirect(url_for("second.codes_page", next=_next() or None), 303)
    return redirect(_next() or url_for("participants.account"), 303)


def _must_give_first() -> bool:
    """Somebody half-way sets up a factor only where there is none."""
    return actor().awaits_factor and bool(queries.list_factors(actor().account_id))


def _count(kind: str) -> None:
    """Count a try of this account; where counting fails, nobody is let in."""
    for limit, seconds in LIMITS:
        key = f"factor|{kind}|{seconds}|{actor().account_id}"
        count_try(platform().database, key, limit=limit, seconds=seconds)


def _wrong(field: Field, sentence: str) -> BadForm:
    """Write down that a factor was wrong, and return what is answered."""
    account_id, at = actor().account_id, actor().arrived_at
    if account_id is not None:
        platform().database.write(lambda: factors.note_wrong_factor(account_id, at))
    return BadForm(field, sentence)


def _challenge_and_factors() -> tuple[bytes | None, list[Factor]]:
    with platform().database.reading():
        since = actor().arrived_at - passkeys.LIFE
        return queries.find_challenge(actor().session_id, since), queries.list_factors(actor().account_id)


def _asked() -> tuple[bytes | None, list[bytes]]:
    """Return the challenge of this session, and the passkeys that the account has."""
    challenge = queries.find_challenge(actor().session_id, actor().arrived_at - passkeys.LIFE)
    held = queries.list_factors(actor().account_id)
    return challenge, [factor.credential_id for factor in held if factor.credential_id is not None]


def _options(challenge: bytes | None, user_id: bytes, email: str, known: list[bytes], name: str) -> str:
    """Return what a browser is asked to make a passkey from, for the platform of this name."""
    return passkeys.asked_to_make(_place(name), challenge, user_id, email, known) if challenge else ""


def _place(name: str = "consult") -> passkeys.Place:
    return passkeys.Place(platform().settings.base_url, name)


def _key() -> str:
    return platform().settings.secret_key


def _lend(purpose: str, told: dict[str, Any]) -> str:
    """Seal a secret for the page of this account; the page brings it back."""
    lent = {"made_at": actor().arrived_at.isoformat(), **told, "account": str(actor().account_id)}
    return seal(purpose, lent, _key())


def _lent(purpose: str, sealed: str | None) -> dict[str, Any] | None:
    """Return a secret that a page of this account brings back within the hour."""
    told = unseal(purpose, sealed, _key()) if sealed else None
    if told is None or told["account"] != str(actor().account_id):
        return None
    return told if actor().arrived_at - datetime.fromisoformat(told["made_at"]) < LENT_FOR else None


def _next() -> str:
    """Return the page to go to afterwards, when it is one of ours."""
    return local_path(request.args.get("next"), "")
