"""Choosing messages, following, switching off from a mail, the outbox, and a round as feed and calendar."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.contributions.models import Contribution
from consult.contributions.queries import get_proposal
from consult.doors import actor, may, platform
from consult.foundation.errors import NotFound
from consult.foundation.forms import SignedForm
from consult.foundation.language import locale
from consult.foundation.mail import Mail
from consult.foundation.web import POLICY
from consult.notifications import feeds, letters, outbox, queries, rules, verbs
from consult.notifications.feeds import Place
from consult.notifications.forms import FollowForm, MessagesForm
from consult.notifications.rules import Switch
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.queries import find_authority, get_round, public_etag

bp = Blueprint("notifications", __name__)


@bp.get("/me/messages")
@may(Act.CHOOSE_MESSAGES, form=MessagesForm)
def messages(form: MessagesForm) -> ResponseReturnValue:
    me = actor().person_id
    assert me is not None
    held = {topic.value: cadence.value for topic, cadence in queries.list_choices(me).items()}
    form.prefill(**held, language=queries.find_language(actor()))
    rounds, contributions = queries.list_follows(me)
    return render_template(
        "notifications/messages.html",
        form=form,
        asked=form.ask(rules.topics_of(actor())),
        rounds=rounds,
        contributions=contributions,
        saved=request.args.get("saved") == "yes",
    )


@bp.post("/me/messages")
@may(Act.CHOOSE_MESSAGES, form=MessagesForm, page="notifications.messages")
def choose(form: MessagesForm) -> ResponseReturnValue:
    verbs.choose(form.chosen(), form.language.data, actor())
    return redirect(url_for("notifications.messages", saved="yes"), 303)


@bp.post("/rounds/<slug>/follow")
@may(Act.FOLLOW, on=get_round, form=FollowForm, page="pages.round_page")
def follow_round(subject: Round, form: FollowForm) -> ResponseReturnValue:
    _follow(subject, form)
    return redirect(url_for("pages.round_page", slug=subject.slug), 303)


@bp.post("/rounds/<slug>/proposals/<public_id>/follow")
@may(Act.FOLLOW, on=get_proposal, form=FollowForm, page="pages.proposal")
def follow_proposal(contribution: Contribution, form: FollowForm) -> ResponseReturnValue:
    _follow(contribution, form)
    return redirect(url_for("pages.proposal", slug=contribution.round.slug, public_id=contribution.public_id), 303)


def _follow(subject: Round | Contribution, form: FollowForm) -> None:
    (verbs.follow if form.follow.data == "yes" else verbs.unfollow)(subject, actor())


def get_switch(_actor: Actor, token: str) -> Switch:
    """Return what a link in a mail switches off; raises NotFound for one that we did not make."""
    found = rules.read_switch(token, platform().settings.secret_key)
    if found is None or not queries.is_known(found.person_id):
        raise NotFound
    return found


@bp.get("/messages/off/<token>")
@may(Act.SWITCH_OFF_MESSAGES, on=get_switch)
def off_page(switch: Switch) -> ResponseReturnValue:
    return render_template("notifications/off_page.html", switch=switch)


@bp.post("/messages/off/<token>")
@may(Act.SWITCH_OFF_MESSAGES, on=get_switch, form=SignedForm, signed=True)
def switch_off(switch: Switch, form: SignedForm) -> ResponseReturnValue:
    verbs.switch_off(switch, actor())
    if "List-Unsubscribe" in request.form:  # a mail program, which follows no redirect (RFC 8058, 3.1)
        return Response("off\n", mimetype="text/plain")
    return redirect(url_for("notifications.switched_off"), 303)


@bp.get("/messages/off")
@may(Act.READ_SITE)
def switched_off() -> ResponseReturnValue:
    return render_template("notifications/switched_off.html")


@bp.get("/staff/outbox")
@may(Act.READ_OUTBOX)
def outbox_page() -> ResponseReturnValue:
    page = queries.list_mail(outbox.page_asked(request.args))
    names = queries.list_names({one.recipient_id for one in page.items if one.recipient_id})
    sends = bool(platform().settings.smtp_url)
    rows = [outbox.row(one, names, sends=sends) for one in page.items]
    return render_template("notifications/outbox_page.html", page=page, rows=rows, sends=sends)


@bp.get("/staff/outbox/<uuid:mail_id>")
@may(Act.READ_OUTBOX, on=queries.get_mail)
def outbox_item(message: Mail) -> ResponseReturnValue:
    settings = platform().settings
    names = queries.list_names({message.recipient_id} if message.recipient_id else ())
    sends, shown = bool(settings.smtp_url), outbox.shown(message, settings)
    row = outbox.row(message, names, sends=sends)
    return render_template("notifications/outbox_item.html", row=row, shown=shown, sends=sends)


@bp.get("/staff/outbox/<uuid:mail_id>/page")
@may(Act.READ_OUTBOX, on=queries.get_mail)
def outbox_html(message: Mail) -> ResponseReturnValue:
    shown = outbox.shown(message, platform().settings)
    if shown is None:
        raise NotFound
    if shown.language != locale():
        return redirect(_place_in(shown.language) + request.path, 303)
    answer = Response(shown.html, mimetype="text/html")
    own_style = POLICY.replace("style-src 'self'", f"style-src {letters.style_source()}")
    answer.headers["Content-Security-Policy"] = f"{own_style}; sandbox allow-same-origin"
    return answer


def _place_in(language: str) -> str:
    return "" if language == platform().settings.default_locale else f"/{language}"


@bp.post("/staff/outbox/<uuid:mail_id>/again")
@may(Act.SEND_AGAIN, on=queries.get_mail)
def send_again(message: Mail) -> ResponseReturnValue:
    verbs.send_again(message, actor())
    return redirect(url_for("notifications.outbox_item", mail_id=message.id), 303)


@bp.get("/rounds/<slug>/feed.atom")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def feed(subject: Round) -> ResponseReturnValue:
    authority = find_authority()
    who = authority.name if authority is not None else subject.title
    published = queries.list_published(subject.id, feeds.NEWEST)
    drafts = queries.list_published_drafts(subject.id)
    told = feeds.atom(subject, _place(), who, published, drafts, actor().arrived_at)
    return Response(told, mimetype="application/atom+xml")


@bp.get("/rounds/<slug>/phases.ics")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def calendar(subject: Round) -> ResponseReturnValue:
    told: Any = feeds.calendar(subject, _place(), platform().settings.host.partition(":")[0])
    return Response(told, content_type="text/calendar; charset=utf-8")


def _place() -> Place:
    """Where things stand, by the setting and not by what the request says of the host."""
    base = platform().settings.base_url
    return Place(base, f"{base}{request.script_root}")
