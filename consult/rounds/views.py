"""Preparing a round: its words, phases, themes and people; closing a phase."""

import uuid

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may, platform
from consult.foundation.errors import NotFound
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.participants.queries import get_person, list_staff
from consult.policy import Act
from consult.rounds import planning, queries, verbs
from consult.rounds.forms import (
    MOST_PHASES,
    MOST_THEMES,
    SPARE,
    AppointmentForm,
    AuthorityForm,
    CloseForm,
    NewRoundForm,
    PhasesForm,
    RoundForm,
    ThemesForm,
    WordsForm,
)
from consult.rounds.frame import staff_frame
from consult.rounds.models import Appointment, Organ, Phase, Round, Verification

bp = Blueprint("rounds", __name__)


def check_identity(form: RoundForm) -> None:
    """Take a national sign-in only where there is a broker of sign-ins."""
    if form.verification.data is Verification.EID and platform().broker is None:
        raise BadForm(form.verification, _("No national sign-in is set up here. Choose another way."))


@bp.get("/staff/rounds/new")
@may(Act.CREATE_ROUND, form=NewRoundForm)
def new_page(form: NewRoundForm) -> ResponseReturnValue:
    form.offer(identity=platform().broker is not None)
    return render_template("rounds/new_page.html", form=form)


@bp.post("/staff/rounds/new")
@may(Act.CREATE_ROUND, form=NewRoundForm, page="rounds.new_page", before=check_identity)
def create(form: NewRoundForm, _checked: None) -> ResponseReturnValue:
    made = verbs.create_round(form.slug.data or "", form.told(), actor())
    return redirect(url_for("mandates.prepare", slug=made.slug), 303)


@bp.get("/staff/rounds/<slug>/text")
@may(Act.PREPARE_ROUND, on=queries.get_round, form=WordsForm)
def text_page(subject: Round, form: WordsForm) -> ResponseReturnValue:
    held = {name: getattr(subject, name) for name in form.data if hasattr(subject, name)}
    held |= {name: "\n".join(held[name]) for name in ("can_influence", "cannot_influence")}
    form.prefill(**held, version=verbs.version_of(subject))
    form.offer(identity=platform().broker is not None)
    return render_template("rounds/text_page.html", form=form, **staff_frame(subject, actor(), "prepare"))


@bp.post("/staff/rounds/<slug>/text")
@may(Act.PREPARE_ROUND, on=queries.get_round, form=WordsForm, page="rounds.text_page", before=check_identity)
def describe(subject: Round, form: WordsForm, _checked: None) -> ResponseReturnValue:
    verbs.describe_round(subject, form.told(), actor(), version=form.version.data or "")
    return redirect(url_for("mandates.prepare", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/phases")
@may(Act.PREPARE_ROUND, on=queries.get_round, form=PhasesForm)
def phases_page(subject: Round, form: PhasesForm) -> ResponseReturnValue:
    rows = [{n: getattr(p, n) for n in ("kind", "name", "first_day", "last_day")} for p in subject.phases]
    form.prefill(phases=(rows + [{}] * SPARE)[:MOST_PHASES])
    return render_template("rounds/phases_page.html", form=form, **staff_frame(subject, actor(), "prepare"))


@bp.post("/staff/rounds/<slug>/phases")
@may(Act.PREPARE_ROUND, on=queries.get_round, form=PhasesForm, page="rounds.phases_page")
def plan_phases(subject: Round, form: PhasesForm) -> ResponseReturnValue:
    planning.plan_phases(subject, form.plans(), actor())
    return redirect(url_for("mandates.prepare", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/themes")
@may(Act.PREPARE_ROUND, on=queries.get_round, form=ThemesForm)
def themes_page(subject: Round, form: ThemesForm) -> ResponseReturnValue:
    rows = [{n: getattr(t, n) for n in ("code", "name", "statement")} for t in subject.themes]
    form.prefill(themes=(rows + [{}] * SPARE)[:MOST_THEMES])
    return render_template("rounds/themes_page.html", form=form, **staff_frame(subject, actor(), "prepare"))


@bp.post("/staff/rounds/<slug>/themes")
@may(Act.PREPARE_ROUND, on=queries.get_round, form=ThemesForm, page="rounds.themes_page")
def set_themes(subject: Round, form: ThemesForm) -> ResponseReturnValue:
    planning.set_themes(subject, form.plans(), actor())
    return redirect(url_for("mandates.prepare", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/people")
@may(Act.APPOINT, on=queries.get_round, form=AppointmentForm)
def people(subject: Round, form: AppointmentForm) -> ResponseReturnValue:
    form.person.choices = [(str(p.id), f"{p.name} ({p.role.words})") for p in list_staff()]
    appointed = queries.list_appointments(subject.id)
    return render_template(
        "rounds/people.html", form=form, appointed=appointed, **staff_frame(subject, actor(), "prepare")
    )


@bp.post("/staff/rounds/<slug>/people")
@may(Act.APPOINT, on=queries.get_round, form=AppointmentForm, page="rounds.people")
def appoint(subject: Round, form: AppointmentForm) -> ResponseReturnValue:
    person = get_person(_id(form.person.data))
    hours, is_deputy = form.hours_a_week.data, bool(form.is_deputy.data)
    verbs.appoint(subject, person, form.duty.data, actor(), hours=hours, is_deputy=is_deputy)
    return redirect(url_for("rounds.people", slug=subject.slug), 303)


@bp.post("/staff/rounds/<slug>/people/<uuid:appointment_id>/end")
@may(Act.APPOINT, on=queries.get_appointment)
def end_appointment(appointment: Appointment) -> ResponseReturnValue:
    verbs.end_appointment(appointment, actor())
    return redirect(url_for("rounds.people", slug=queries.slug_of(appointment.round_id)), 303)


@bp.get("/staff/rounds/<slug>/phases/<uuid:phase_id>/close")
@may(Act.CLOSE_PHASE, on=queries.get_phase)
def close_page(phase: Phase) -> ResponseReturnValue:
    begins = verbs.is_open_for_newcomers(phase, actor().arrived_at)
    frame = staff_frame(phase.round, actor(), "prepare")
    return render_template("rounds/close_page.html", phase=phase, begins=begins, **frame)


@bp.post("/staff/rounds/<slug>/phases/<uuid:phase_id>/close")
@may(Act.CLOSE_PHASE, on=queries.get_phase, form=CloseForm)
def close(phase: Phase, form: CloseForm) -> ResponseReturnValue:
    """First press: nobody may begin any more. Second press: those who had begun are done, and it is final.

    The first press again, as in a double click, does nothing.
    """
    slug = phase.round.slug
    if form.step.data == "final":
        verbs.close_phase(phase, actor())
    elif verbs.is_open_for_newcomers(phase, actor().arrived_at):
        verbs.begin_closing(phase, actor())
    return redirect(url_for("rounds.close_page", slug=slug, phase_id=phase.id), 303)


@bp.get("/staff/authority")
@may(Act.DESCRIBE_AUTHORITY, form=AuthorityForm)
def authority_page(form: AuthorityForm) -> ResponseReturnValue:
    held = queries.find_authority()
    if held is not None:
        named = {f"authority_{name}": getattr(held, name) for name in ("name", "kind", "code")}
        form.prefill(**named, **{name: getattr(held, name) for name in form.data if hasattr(held, name)})
    return render_template("rounds/authority_page.html", form=form, organs=list(Organ))


@bp.post("/staff/authority")
@may(Act.DESCRIBE_AUTHORITY, form=AuthorityForm, page="rounds.authority_page")
def describe_authority(form: AuthorityForm) -> ResponseReturnValue:
    verbs.describe_authority(form.told(), actor())
    return redirect(url_for("rounds.authority_page"), 303)


def _id(value: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(value or "")
    except ValueError as problem:
        raise NotFound from problem
