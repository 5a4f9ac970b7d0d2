"""Builds the Flask app; the only file that knows every feature."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, has_app_context, redirect, render_template, request, session, url_for
from flask_login import LoginManager
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from consult import RELEASE, config
from consult.accounts import queries as accounts
from consult.accounts.second import bp as second_bp
from consult.accounts.views import bp as accounts_bp
from consult.answers.views import bp as answers_bp
from consult.coding.views import bp as coding_bp
from consult.contributions.views import bp as contributions_bp
from consult.decisions.views import bp as decisions_bp
from consult.director.accountability.views import bp as accountability_bp
from consult.director.actions.views import bp as actions_bp
from consult.director.agreements.views import bp as agreements_bp
from consult.director.goals.views import bp as goals_bp
from consult.director.people.learning.views import bp as learning_bp
from consult.director.people.practice.views import bp as practice_bp
from consult.director.people.profiles.views import bp as profiles_bp
from consult.director.people.skills.views import bp as skills_bp
from consult.director.people.staffing.views import bp as staffing_bp
from consult.director.steering.views import bp as steering_bp
from consult.director.tasks.views import bp as tasks_bp
from consult.documents.views import bp as documents_bp
from consult.doors import Platform, SignInFirst, door_of, page_of, platform
from consult.field.views import bp as field_bp
from consult.foundation import errors, files, forms, language, text, web
from consult.foundation.db import Database, in_unit, unavailable
from consult.foundation.oidc import Broker, BrokerDown, Untrusted
from consult.groups.views import bp as groups_bp
from consult.intake.views import bp as intake_bp
from consult.landscape.views import bp as landscape_bp
from consult.mandates.views import bp as mandates_bp
from consult.moderation.views import bp as moderation_bp
from consult.notifications.views import bp as notifications_bp
from consult.opendata.views import bp as opendata_bp
from consult.pages.views import bp as pages_bp
from consult.participants.broker import bp as broker_bp
from consult.participants.second import bp as resets_bp
from consult.participants.views import bp as participants_bp
from consult.policy import POLICY, Act, Actor, allows
from consult.positions.views import bp as positions_bp
from consult.privacy.views import bp as privacy_bp
from consult.proposals.views import bp as proposals_bp
from consult.remarks.views import bp as remarks_bp
from consult.review.views import bp as review_bp
from consult.rounds import queries as rounds
from consult.rounds.rules import Unproven
from consult.rounds.views import bp as rounds_bp
from consult.synthesis.views import bp as synthesis_bp
from consult.voting.electing import bp as electing_bp
from consult.voting.polling import bp as polling_bp
from consult.voting.views import bp as voting_bp
from consult.weighing.views import bp as weighing_bp
from consult.workbench.views import bp as workbench_bp

ROOT = Path(__file__).parent.parent
TOUCH_EVERY = timedelta(minutes=1)
BLUEPRINTS = (
    accounts_bp,
    second_bp,
    participants_bp,
    broker_bp,
    resets_bp,
    rounds_bp,
    mandates_bp,
    contributions_bp,
    proposals_bp,
    positions_bp,
    field_bp,
    intake_bp,
    voting_bp,
    electing_bp,
    polling_bp,
    landscape_bp,
    coding_bp,
    moderation_bp,
    groups_bp,
    synthesis_bp,
    remarks_bp,
    review_bp,
    decisions_bp,
    goals_bp,
    agreements_bp,
    steering_bp,
    accountability_bp,
    actions_bp,
    tasks_bp,
    profiles_bp,
    learning_bp,
    skills_bp,
    staffing_bp,
    practice_bp,
    answers_bp,
    workbench_bp,
    weighing_bp,
    documents_bp,
    notifications_bp,
    pages_bp,
    opendata_bp,
    privacy_bp,
)


class NoDoor(RuntimeError):
    """A view would be served without a door, or an act has no row in the policy."""


def create_app(settings: config.Settings | None = None, database: Database | None = None) -> Flask:
    """Build the platform from its settings; raises WrongSettings, and NoDoor when a view has no door."""
    settings = settings or config.read()
    database = database or Database(settings.database_url)
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-consult" if settings.is_https else "consult",
        SESSION_COOKIE_SECURE=settings.is_https,
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        MAX_FORM_PARTS=200,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        DEFAULT_LOCALE=settings.default_locale,
        HOSTS=web.hosts(settings.host, settings.is_loopback),
    )
    app.session_interface = web.CookieInterface()
    store = files.Store(Path(settings.files_dir), settings.scanner)
    broker = Broker(**vars(settings.oidc)) if settings.oidc else None
    app.extensions["consult"] = Platform(database, settings, _name_actor, _touch, store, _own_names, _areas, broker)
    language.speak_as(_kind_in_use)
    _sign_in_with_flask_login(app)
    _speak_in_templates(app)
    app.before_request(web.prepare_request)
    app.after_request(web.finish_response)
    app.register_error_handler(Exception, _answer_error)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    check_doors(app)
    app.wsgi_app = web.Front(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=0)  # type: ignore[method-assign]
    return app


def check_doors(app: Flask) -> None:
    """Raise NoDoor while a view has no door or an act has no row in the policy."""
    missing = [name for name, view in app.view_functions.items() if name != "static" and door_of(view) is None]
    if missing:
        raise NoDoor(f"views without a door: {', '.join(sorted(missing))}")
    unruled = [act.value for act in Act if act not in POLICY]
    if unruled:
        raise NoDoor(f"acts without a row in the policy: {', '.join(unruled)}")


def _name_actor(token: str | None) -> Actor:
    at = web.arrived_at()
    actor, seen_at = rounds.name_actor(token, at)
    if actor.session_id is not None and seen_at is not None and at - seen_at >= TOUCH_EVERY:
        g.touch_due = actor.session_id
    return actor


def _touch(session_id: Any) -> None:
    accounts.touch(session_id, web.arrived_at())


def _own_names() -> list[str]:
    with _reading_if_possible():
        authority = rounds.find_authority()
    told = [authority.name, *authority.name.split()] if authority else []
    return [*told, platform().settings.host, *platform().settings.host.partition(":")[0].split(".")]


def _kind_in_use() -> str:
    """Say in the words of which kind of authority sentences are spoken."""
    if not (in_unit() or has_app_context()):
        return ""
    with _reading_if_possible():
        return rounds.kind_in_use()


def _areas() -> list[tuple[str, str]]:
    with _reading_if_possible():
        known = rounds.list_areas()
    return [(area.code, area.name) for area in known if area.parent_code] or [(area.code, area.name) for area in known]


def _sign_in_with_flask_login(app: Flask) -> None:
    """Let `current_user` be the actor that the door named; everything else of the extension stays off."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.anonymous_user = lambda: Actor(arrived_at=web.arrived_at())
    manager.request_loader(lambda _request: g.get("actor") if g.get("actor", _NOBODY).is_authenticated else None)


_NOBODY = Actor(arrived_at=datetime.fromtimestamp(0, UTC))


def _speak_in_templates(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=language.day,
        short_day=language.short_day,
        month_day=language.month_day,
        moment=language.moment,
        number=language.number,
        exact=language.exact,
        amount=language.amount,
        euros=language.euros,
        file_size=language.file_size,
        rendered=text.rendered,
        said=lambda words, own=None: text.said(words, own or app.config["DEFAULT_LOCALE"]),
        plain=text.plain,
    )
    fingerprints: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in fingerprints:
            content = (Path(app.static_folder or "") / name).read_bytes()
            fingerprints[name] = hashlib.sha256(content).hexdigest()[:12]
        return f"/static/{name}?v={fingerprints[name]}"

    @app.context_processor
    def known() -> dict[str, Any]:
        actor = g.get("actor") or Actor(arrived_at=web.arrived_at())
        broker = platform().broker
        return {
            "Act": Act,
            "broker_label": broker.label if broker is not None and not broker.subject_is_bsn else "",
            "actor": actor,
            "allows": lambda act, subject=None: allows(act, actor, subject),
            "asset": asset,
            "own_language": current_app.config["DEFAULT_LOCALE"],  # in which the authority writes
            "authority": rounds.find_authority() if in_unit() else None,
            "csrf_token": forms.token,
            "locale": language.locale(),
            "other_language_url": _other_language_url(),
            "release": RELEASE,
        }


def _other_language_url() -> str:
    """Return this page's address in the other language; the default language needs no prefix."""
    default = platform().settings.default_locale
    other = next(name for name in language.LOCALES if name != language.locale())
    path = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else "/"
    return path if other == default else f"/{other}{path}"


def _answer_error(problem: Exception) -> Any:
    """Answer every problem with a page that has a sentence and no trace."""
    if isinstance(problem, SignInFirst):
        return redirect(url_for(problem.way, next=problem.target), 303)
    if isinstance(problem, errors.Refused):
        return _error_page(problem.status, problem.sentence, problem)
    if isinstance(problem, HTTPException):
        if problem.code is None or problem.code < 400:
            return problem
        page = _error_page(problem.code, "", None)
        for name, value in problem.get_headers():
            if name.lower() in {"allow", "retry-after"}:
                page.headers[name] = value
        return page
    if isinstance(problem, PoolTimeout) or (isinstance(problem, DBAPIError) and unavailable(problem)):
        _log(problem)
        return _error_page(503, "", errors.Unavailable())
    _log(problem)
    return _error_page(500, "", None)


def _log(problem: Exception) -> None:
    """Log where a problem arose; never what anybody typed, so no message and no parameters."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    current_app.logger.error("%s at %s in %s", type(problem).__name__, place, request.endpoint)
    if os.environ.get("CONSULT_SHOW_TRACES"):
        current_app.logger.exception("trace", exc_info=problem)


def too_large_pages(app: Flask) -> dict[str, bytes]:
    """Return the page for what the server does not even read, by how the address of its language begins."""
    default = app.config["DEFAULT_LOCALE"]
    pages: dict[str, bytes] = {}
    for name in language.LOCALES:
        with app.test_request_context("/"), language.speaking(name):
            page = render_template("layout/too_large.html", home="/" if name == default else f"/{name}/")
            pages["" if name == default else f"/{name}/"] = page.encode()
    return pages


def _way_on(refusal: errors.Refused | None) -> tuple[str, str] | None:
    """Return in words and as an address where something that was refused can be mended, where there is such a page."""
    if isinstance(refusal, Unproven):
        words = language.gettext("How you take part in this round")
        return words, url_for("voting.taking_part_page", slug=refusal.slug)
    if isinstance(refusal, BrokerDown | Untrusted):
        slug = (request.view_args or {}).get("slug")
        about = url_for("voting.taking_part_page", slug=slug) if slug else url_for("broker.sign_in_page")
        return language.gettext("Start again, or go another way"), about
    door = door_of(current_app.view_functions.get(request.endpoint or ""))
    if isinstance(refusal, errors.Conflict) and door is not None:
        page, arguments = page_of(door, request.view_args or {})
        return language.gettext("Open the page again"), url_for(page, **arguments)
    return None


@contextmanager
def _reading_if_possible() -> Iterator[None]:
    if in_unit():
        yield
        return
    with platform().database.reading():
        yield


def _error_page(status: int, sentence: str, refusal: errors.Refused | None) -> Response:
    owner = getattr(session, "token", None) or "visitor"
    forms.sealing.set(forms.Sealing(platform().settings.secret_key.encode(), owner))
    told = {"status": status, "sentence": sentence, "refusal": refusal, "typed": g.get("typed") or {}}
    told["way"] = _way_on(refusal)
    try:
        with _reading_if_possible():
            g.actor = g.get("actor") or _name_actor(getattr(session, "token", None))
            body = render_template("layout/error.html", **told)
    except Exception:  # the last resort: a page that needs nothing
        body = render_template("layout/down.html", **told)
    response = Response(body, status=status, mimetype="text/html")
    if isinstance(refusal, errors.TooMany | errors.Unavailable):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
