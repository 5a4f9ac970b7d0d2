"""How a request gets in: form, actor, subject, policy, transaction. Every view has a door."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, make_response, redirect, request, session, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug import Response
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from consult.audit.verbs import record_denial
from consult.config import Settings
from consult.foundation import files, forms, web
from consult.foundation.db import Database
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow, Refused, TooLarge, TooMany
from consult.foundation.language import gettext as _
from consult.foundation.limits import count_try
from consult.foundation.oidc import Broker
from consult.policy import Act, Actor, allows, is_fresh

View = TypeVar("View", bound=Callable[..., Any])
SIGN_IN = "accounts.sign_in_page"
PROVE_AGAIN = "accounts.prove_page"
GIVE_FACTOR = "second.code_page"
KEPT_AN_HOUR = 60  # texts kept for visitors from one place
FILES_AN_HOUR = 100  # forms with files that one person may send
WAITING = 100_000_000  # bytes of one person that may wait for their forms


@dataclass(frozen=True)
class Platform:
    """What `create_app` hands to the doors: the database, the settings, the file store, and what rooms above know."""

    database: Database
    settings: Settings
    name_actor: Callable[[str | None], Actor]
    touch: Callable[[uuid.UUID], None]
    files: files.Store
    own_names: Callable[[], list[str]]  # of the authority and the site: what anybody here would try as a password
    areas: Callable[[], list[tuple[str, str]]]  # code and name of each neighbourhood
    broker: Broker | None = None  # of sign-ins, where there is one


@dataclass(frozen=True)
class Door:
    """What stands before one view.

    `on(actor, **url)` loads the subject or raises NotFound; `form` is what a person sends; `page` is the
    endpoint that shows a form again with its errors; `before(form)` does slow work before the transaction;
    `etag(subject)` tells what an anonymous page depends on; without `unit` the view needs no database;
    with `upload` the form may bring files, which are taken before the transaction (see `forms.FilesField`);
    `signed`: the address itself proves what may be done, so a mail program may send it, from anywhere;
    `quiet`: a browser sends it by itself, so it neither keeps a session awake nor uses up the key of the form.
    """

    act: Act
    view: Callable[..., Any]
    on: Callable[..., Any] | None = None
    form: type[forms.BaseForm] | None = None
    page: str | None = None
    before: Callable[..., Any] | None = None
    etag: Callable[..., str] | None = None
    unit: bool = True
    upload: bool = False
    signed: bool = False
    quiet: bool = False


def may(
    act: Act,
    *,
    on: Callable[..., Any] | None = None,
    form: type[forms.BaseForm] | None = None,
    page: str | None = None,
    before: Callable[..., Any] | None = None,
    etag: Callable[..., str] | None = None,
    unit: bool = True,
    upload: bool = False,
    signed: bool = False,
    quiet: bool = False,
) -> Callable[[View], View]:
    """Put a door before a view; see `Door` for what each part does.

    The view is called with the subject (when there is an `on`), the form (when there is one) and what
    `before` returned (when there is one), in that order.
    """

    def decorate(view: View) -> View:
        door = Door(act, view, on, form, page, before, etag, unit, upload, signed, quiet)

        @wraps(view)
        def pass_through(**url: Any) -> Any:
            if not unit:
                return view(**url)
            return _write(door, url) if request.method == "POST" else _read(door, url)

        pass_through.door = door  # type: ignore[attr-defined]
        return pass_through  # type: ignore[return-value]

    return decorate


def platform() -> Platform:
    """Return what this app was built with."""
    found: Platform = current_app.extensions["consult"]
    return found


def actor() -> Actor:
    """Return who asks, as the door named them."""
    found: Actor = g.actor
    return found


def door_of(view: Any) -> Door | None:
    """Return the door of a view function, if it has one."""
    return getattr(view, "door", None)


def _read(door: Door, url: dict[str, Any]) -> Any:
    try:
        with platform().database.reading():
            actor = _enter()
            answer = _show(door, actor, url, None)
    except NotAllowed as refusal:
        _after_denial(door, refusal)
        raise
    _touch()
    return answer


def _show(door: Door, actor: Actor, url: dict[str, Any], form: forms.BaseForm | None) -> Any:
    subject = door.on(actor, **url) if door.on else None
    if not allows(door.act, actor, subject):
        _deny(door, actor, subject)
    if not is_fresh(door.act, actor):
        raise ProveFirst(request.script_root + request.full_path.rstrip("?"))
    is_public = actor.is_anonymous and not actor.awaits_factor and form is None and not request.args.get("kept")
    tagged = door.etag is not None and is_public
    if tagged and door.etag is not None:
        tag = web.etag_of(door.etag(subject, actor), request.full_path, request.script_root)
        if (same := web.unchanged(tag)) is not None:
            return same
    given = [subject] if door.on else []
    if door.form is not None:
        given.append(form if form is not None else _blank(door.form, actor))
    answer = make_response(door.view(*given))
    return web.public(answer) if tagged else answer


def _blank(kind: type[forms.BaseForm], actor: Actor) -> forms.BaseForm:
    """Return an empty form, or one with the text that was kept while somebody signed in."""
    handle = request.args.get("kept")
    kept = forms.find_kept(handle) if handle else None
    if kept is None:
        return kind()
    form = kind(MultiDict(kept))
    form.is_filled = True
    for field in form.files_fields():
        field.hold(files.find_waiting(actor.person_id, field.handles) if actor.person_id else [])
    return form


def _write(door: Door, url: dict[str, Any]) -> Any:
    if not (door.signed or web.is_same_origin()):
        raise NotAllowed(_("This did not come from our own page, so we did nothing."))
    _check_size(door)
    if any("\x00" in value for values in request.form.listvalues() for value in values):
        raise Refused(_("What you sent holds characters that are no text."))
    forms.sealing.set(_sealing())
    form = (door.form or (forms.SignedForm if door.signed else forms.BaseForm))(_sent(door))
    form.is_filled = True
    fine, g.typed = form.validate(), form.typed()
    if form.is_forged:
        return _forged(door, url, form)
    if door.upload and form.files_fields():
        fine = _take_files(door, url, form)
    try:
        return _take(door, url, form) if fine else _again(door, url, form)
    except SignInFirst as first:
        return _to_sign_in(door, url, form, first.way)
    except NotFound:
        if _token() and g.actor.is_anonymous:  # their session ended while they wrote
            return _to_sign_in(door, url, form, _way_in(g.actor).way)
        raise


def _forged(door: Door, url: dict[str, Any], form: forms.BaseForm) -> Response:
    """Keep what somebody typed who signed out in another window meanwhile; of anybody else nothing is taken."""
    with platform().database.reading():
        actor = _enter()
        is_gone = actor.is_anonymous and not _token() and door.act not in {Act.SIGN_IN, Act.REGISTER}
    if not is_gone:
        raise NotAllowed(_("This form does not belong to your sign-in. Open the page again."))
    for field in form.files_fields():
        field.drop()
    return _to_sign_in(door, url, form, SIGN_IN)


def _take(door: Door, url: dict[str, Any], form: forms.BaseForm) -> Any:
    """Carry out what a valid form asks, and answer only after it was committed."""
    try:
        if door.before is not None:
            with platform().database.reading():
                _judge(door, url)
        prepared = door.before(form) if door.before else None
    except forms.BadForm:
        return _again(door, url, form)
    except NotAllowed as refusal:
        raise _denied(door, refusal) from refusal
    try:
        answer = platform().database.write(lambda: _carry_out(door, url, form, prepared))
    except forms.BadForm:  # what only the subject could tell; nothing was kept
        return _again(door, url, form)
    except IntegrityError as problem:
        current_app.logger.info("constraint: %s", problem.orig.__class__.__name__)
        raise Conflict(_("Somebody else was just before you. Look at the page again.")) from problem
    except NotAllowed as refusal:
        raise _denied(door, refusal) from refusal
    except NotNow as refusal:
        _after_denial(door, refusal)
        raise
    if not (door.quiet or door.act is Act.CAST_VOTE):  # the moment of a vote stands beside no name
        _touch()
    return answer


def _check_size(door: Door) -> None:
    """Read what was sent, more of it where files may come; refused with the limit when it is too large."""
    if door.upload:
        request.max_content_length, request.max_form_memory_size = files.BODY, files.TEXTS
    try:
        _read = request.form
    except RequestEntityTooLarge as problem:
        if door.upload:
            told = _("Each file may be 10 MB, and all of them together 12 MB. Choose smaller files and send it again.")
        else:
            told = _("We take some 10,000 words (64 kB) at once here. Make it shorter and send it again.")
        raise TooLarge(told) from problem


def _sent(door: Door) -> MultiDict[str, Any]:
    """Return what was typed, and with it the files where a door takes them."""
    if not door.upload:
        return request.form
    whole: MultiDict[str, Any] = MultiDict(request.form)
    for name, file in request.files.items(multi=True):
        whole.add(name, file)
    return whole


def _take_files(door: Door, url: dict[str, Any], form: forms.BaseForm) -> bool:
    """Take what was sent as files, of somebody who may do this at all; each waits for its form from here on.

    Returns whether the form is fine now. Of anybody else nothing is taken, and the door refuses them later.
    This is written before the unit, in a transaction of its own, so that a form that comes back has its files.
    """
    fields, person_id = form.files_fields(), _who_may(door, url)
    if person_id is None:
        for field in fields:
            field.drop()
        return not set(form.errors) - {field.name for field in fields}
    database = platform().database
    if any(field.sent for field in fields):
        count_try(database, f"files|{person_id}", limit=FILES_AN_HOUR, seconds=3600)
    taken = [(field, field.take(platform().files)) for field in fields]
    with database.reading():
        waiting = [files.find_waiting(person_id, field.handles) for field in fields]
    if any(new for _field, new in taken):
        fresh = database.write(lambda: [[files.remember(person_id, one) for one in new] for _field, new in taken])
    else:
        fresh = [[] for _field in fields]
    for field, old, new in zip(fields, waiting, fresh, strict=True):
        field.hold(old, new)
    return form.validate()


def _who_may(door: Door, url: dict[str, Any]) -> uuid.UUID | None:
    """Return the person who asks when they may do this, and have room left for files that wait."""
    try:
        with platform().database.reading():
            actor = _enter()
            subject = door.on(actor, **url) if door.on else None
            if actor.person_id is None or not allows(door.act, actor, subject):
                return None
            if files.size_waiting(actor.person_id) > WAITING:
                raise TooMany(_("Many of your files still wait for a form. Try again in an hour."), 3600)
            return actor.person_id
    except NotFound:
        return None


def _judge(door: Door, url: dict[str, Any]) -> tuple[Actor, Any]:
    """Name the actor, load the subject and ask the policy: before slow work, and again in the unit."""
    actor = _enter()
    subject = door.on(actor, **url) if door.on else None
    if not allows(door.act, actor, subject):
        g.denied = getattr(subject, "round_id", None)
        raise NotAllowed(_("You may not do this."))
    if not is_fresh(door.act, actor):
        raise ProveFirst(request.path)
    return actor, subject


def _carry_out(door: Door, url: dict[str, Any], form: forms.BaseForm, prepared: Any) -> Any:
    actor, subject = _judge(door, url)
    given = [subject] if door.on else []
    if door.form is not None:
        given.append(form)
    if door.before is not None:
        given.append(prepared)
    key = None if door.quiet else form.data.get("form_key")
    if not key or actor.person_id is None:
        return door.view(*given)
    use = forms.first_use(actor.person_id, key)
    if use is None:
        return redirect(forms.earlier_answer(actor.person_id, key) or "/", 303)
    answer = make_response(door.view(*given))
    use.location = answer.location or ""
    return answer


def _again(door: Door, url: dict[str, Any], form: forms.BaseForm) -> Response:
    """Show the page of a form again, with its errors and what was typed: 422."""
    if door.page is None:
        raise Refused(" ".join(str(e) for errors in form.errors.values() for e in errors))
    page = door_of(current_app.view_functions[door.page])
    assert page is not None
    names = _arguments(door.page)
    with platform().database.reading():
        actor = _enter()
        answer = _show(page, actor, {k: v for k, v in url.items() if k in names}, form)
    response: Response = make_response(answer)
    response.status_code = 422
    return response


def _arguments(endpoint: str) -> frozenset[str]:
    rule = next(current_app.url_map.iter_rules(endpoint))
    return frozenset(rule.arguments)


def _enter() -> Actor:
    g.actor = actor = platform().name_actor(_token())
    forms.sealing.set(_sealing())
    return actor


def _token() -> str | None:
    found: str | None = getattr(session, "token", None)
    return found


def _sealing() -> forms.Sealing:
    """Return with what forms are signed; the owner is told apart by the cookie alone, so no row is read."""
    return forms.Sealing(platform().settings.secret_key.encode(), _token() or "visitor")


def _deny(door: Door, actor: Actor, subject: Any) -> None:
    g.denied = getattr(subject, "round_id", None)
    if actor.is_anonymous:
        raise _way_in(actor)(request.script_root + request.full_path.rstrip("?"))
    raise NotAllowed(_("You may not see this page."))


class SignInFirst(Refused):
    """A visitor asked for something that needs a person; `target` is where to come back to, `way` where to go."""

    status = 403
    way = SIGN_IN

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


class FactorFirst(SignInFirst):
    """Somebody signed in, but did not give the second factor yet, and asked for something that needs a person."""

    way = GIVE_FACTOR


class ProveFirst(SignInFirst):
    """Somebody showed too long ago who they are for what they ask now."""

    way = PROVE_AGAIN


def _way_in(actor: Actor) -> type[SignInFirst]:
    return FactorFirst if actor.awaits_factor else SignInFirst


def _to_sign_in(door: Door, url: dict[str, Any], form: forms.BaseForm, way: str) -> Response:
    """Keep what was typed and ask the visitor to sign in; after that the text is there again."""
    page, arguments = page_of(door, url)
    kept: dict[str, Any] = {}
    if form.typed():
        typed = request.form.to_dict(flat=False) | form.lost_files()
        count_try(platform().database, f"keep|{web.client_address()}", limit=KEPT_AN_HOUR, seconds=3600)
        kept["kept"] = platform().database.write(lambda: forms.keep(form, typed))
    return redirect(url_for(way, next=url_for(page, **arguments, **kept)), 303)


def page_of(door: Door, url: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return on which page the form of a door stands, and with what in its address; home where there is none."""
    page = door.page or _page_here() or "pages.home"
    return page, {name: value for name, value in url.items() if name in _arguments(page)}


def _page_here() -> str | None:
    """Return the page that stands at the address of this request, if there is one."""
    try:
        found: str = current_app.url_map.bind("").match(request.path, method="GET")[0]
    except HTTPException:
        return None
    return found


def _denied(door: Door, refusal: NotAllowed) -> Refused:
    """Write a denial down and return with what to answer: a visitor is asked to sign in."""
    _after_denial(door, refusal)
    if g.actor.is_anonymous and door.act is not Act.SIGN_IN:
        return _way_in(g.actor)(request.path)
    return refusal


def _after_denial(door: Door, refusal: Refused) -> None:
    """Write a denial down, after the rollback and in a transaction of its own."""
    actor = g.actor
    if actor.is_authenticated and door.act is not Act.CAST_VOTE:  # beside a ballot no entry names a person
        found = g.pop("denied", None)
        reason = type(refusal).__name__
        platform().database.write(lambda: record_denial(door.act, actor, request.endpoint or "", found, reason))


def _touch() -> None:
    """Note that a session is in use, at most once a minute."""
    due = g.pop("touch_due", None)
    if due is not None:
        platform().database.write(lambda: platform().touch(due))
