"""The vision, topics, what is fixed in a round, its mandate note and set-up, what it still lacks, and opening it."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may
from consult.mandates import queries, setups, verbs, visions
from consult.mandates.forms import (
    MOST,
    AdoptForm,
    ChangeForm,
    ExampleForm,
    NoteForm,
    PreconditionsForm,
    PrinciplesForm,
    SetUpForm,
    SignChangeForm,
    TopicForm,
    VisionForm,
)
from consult.mandates.models import FixedChange, Side, Topic, Vision
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round, RoundState
from consult.rounds.queries import get_round, list_appointments, public_etag

bp = Blueprint("mandates", __name__)
SPARE = 3


@bp.get("/staff/rounds/<slug>/prepare")
@may(Act.PREPARE_ROUND, on=get_round)
def prepare(subject: Round) -> ResponseReturnValue:
    is_draft = subject.state is RoundState.DRAFT
    return render_template(
        "mandates/prepare.html",
        preconditions=queries.list_preconditions(subject.id),
        appointed=list_appointments(subject.id),
        principles=queries.list_principles(subject.id),
        hindrances=[*verbs.hindrances(subject), *verbs.list_unready(subject)] if is_draft else [],
        **staff_frame(subject, actor(), "prepare"),
    )


@bp.get("/staff/rounds/<slug>/preconditions")
@may(Act.PREPARE_ROUND, on=get_round, form=PreconditionsForm)
def preconditions_page(subject: Round, form: PreconditionsForm) -> ResponseReturnValue:
    names = ("code", "title", "why", "kind", "negotiable")
    rows = [{n: getattr(p, n) for n in names} for p in queries.list_preconditions(subject.id)]
    form.prefill(preconditions=(rows + [{}] * SPARE)[:MOST])
    return render_template("mandates/preconditions_page.html", form=form, **staff_frame(subject, actor(), "prepare"))


@bp.post("/staff/rounds/<slug>/preconditions")
@may(Act.PREPARE_ROUND, on=get_round, form=PreconditionsForm, page="mandates.preconditions_page")
def set_preconditions(subject: Round, form: PreconditionsForm) -> ResponseReturnValue:
    verbs.set_preconditions(subject, form.plans(), actor())
    return redirect(url_for("mandates.prepare", slug=subject.slug), 303)


@bp.post("/staff/rounds/<slug>/open")
@may(Act.OPEN_ROUND, on=get_round)
def open_round(subject: Round) -> ResponseReturnValue:
    verbs.open_round(subject, actor())
    return redirect(url_for("mandates.prepare", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/mandate")
@may(Act.READ_QUEUE, on=get_round)
def note(subject: Round) -> ResponseReturnValue:
    return render_template(
        "mandates/note.html",
        note=queries.find_note(subject.id),
        principles=queries.list_principles(subject.id),
        preconditions=queries.list_preconditions(subject.id),
        appointed=list_appointments(subject.id),
        **staff_frame(subject, actor(), "prepare"),
    )


@bp.get("/staff/rounds/<slug>/mandate/edit")
@may(Act.PREPARE_ROUND, on=get_round, form=NoteForm)
def note_page(subject: Round, form: NoteForm) -> ResponseReturnValue:
    held = queries.find_note(subject.id)
    if held is not None:
        budget = str(held.budget_euros) if held.budget_euros is not None else ""
        told = {name: getattr(held, name) for name in form.data if hasattr(held, name)}
        form.prefill(**told, budget=budget, why_now=held.reason, privacy_check=held.privacy)
    return render_template("mandates/note_page.html", form=form, **staff_frame(subject, actor(), "prepare"))


@bp.post("/staff/rounds/<slug>/mandate/edit")
@may(Act.PREPARE_ROUND, on=get_round, form=NoteForm, page="mandates.note_page")
def write_note(subject: Round, form: NoteForm) -> ResponseReturnValue:
    verbs.write_note(subject, form.told(), actor())
    return redirect(url_for("mandates.note", slug=subject.slug), 303)


# --- the vision ---


@bp.get("/vision")
@may(Act.READ_SITE)
def vision() -> ResponseReturnValue:
    known = [one for one in queries.list_visions() if one.adopted_at is not None]
    return render_template("mandates/vision.html", vision=next(iter(known), None), earlier=known[1:])


@bp.get("/vision/<int:number>")
@may(Act.READ_SITE, on=queries.get_vision)
def vision_version(found: Vision) -> ResponseReturnValue:
    newest = queries.find_vision()
    return render_template("mandates/vision_version.html", vision=found, newest=newest)


@bp.get("/staff/vision")
@may(Act.READ_DESK)
def vision_desk() -> ResponseReturnValue:
    known = queries.list_visions()
    written = next((one for one in known if one.adopted_at is None), None)
    adopted = [one for one in known if one.adopted_at is not None]
    return render_template("mandates/vision_desk.html", written=written, adopted=adopted)


@bp.get("/staff/vision/edit")
@may(Act.WRITE_VISION, form=VisionForm)
def vision_page(form: VisionForm) -> ResponseReturnValue:
    known = queries.list_visions()
    if known:
        rows = [{"code": one.code, "words": one.text} for one in known[0].principles if not one.left_out]
        form.prefill(title=known[0].title, text=known[0].text, principles=(rows + [{}] * SPARE)[:MOST])
    else:
        form.prefill(principles=[{}] * SPARE)
    return render_template("mandates/vision_page.html", form=form)


@bp.post("/staff/vision/edit")
@may(Act.WRITE_VISION, form=VisionForm, page="mandates.vision_page")
def write_vision(form: VisionForm) -> ResponseReturnValue:
    visions.write_vision(form.title.data or "", form.text.data or "", form.rows(), actor())
    return redirect(url_for("mandates.vision_desk"), 303)


@bp.get("/staff/vision/adopt")
@may(Act.ADOPT_VISION, on=queries.get_written_vision, form=AdoptForm)
def adopt_page(found: Vision, form: AdoptForm) -> ResponseReturnValue:
    form.prefill(seen=visions.words_of(found))
    return render_template("mandates/adopt_page.html", vision=found, form=form)


@bp.post("/staff/vision/adopt")
@may(Act.ADOPT_VISION, on=queries.get_written_vision, form=AdoptForm, page="mandates.adopt_page")
def adopt_vision(found: Vision, form: AdoptForm) -> ResponseReturnValue:
    assert form.decided_on.data is not None  # the form demands it
    organ, on_day, number = form.organ.data, form.decided_on.data, form.decision_number.data or ""
    visions.adopt_vision(found, organ, on_day, number, actor(), seen=form.seen.data or "")
    return redirect(url_for("mandates.vision"), 303)


@bp.get("/staff/rounds/<slug>/principles")
@may(Act.PREPARE_ROUND, on=get_round, form=PrinciplesForm)
def principles_page(subject: Round, form: PrinciplesForm) -> ResponseReturnValue:
    found = queries.find_vision()
    form.prefill(held_to=[str(one.id) for one in queries.list_principles(subject.id)])
    offered = [one for one in found.principles if not one.left_out] if found is not None else []
    form.held_to.choices = [(str(one.id), f"{one.code}: {one.text}") for one in offered]
    around = staff_frame(subject, actor(), "prepare")
    return render_template("mandates/principles_page.html", form=form, vision=found, **around)


@bp.post("/staff/rounds/<slug>/principles")
@may(Act.PREPARE_ROUND, on=get_round, form=PrinciplesForm, page="mandates.principles_page")
def link_principles(subject: Round, form: PrinciplesForm) -> ResponseReturnValue:
    visions.link_principles(subject, form.ids(), actor())
    return redirect(url_for("mandates.prepare", slug=subject.slug), 303)


@bp.get("/rounds/<slug>/bounds")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def bounds(subject: Round) -> ResponseReturnValue:
    told: dict[str, Any] = {"principles": queries.list_principles(subject.id)}
    told |= {"preconditions": queries.list_preconditions(subject.id), "changes": queries.list_changes(subject.id)}
    return render_template("mandates/bounds.html", **told, **frame(subject, actor(), "round"))


# --- decisions per topic ---


@bp.get("/topics")
@may(Act.READ_SITE)
def topics() -> ResponseReturnValue:
    return render_template("mandates/topics.html", topics=queries.list_topics())


@bp.get("/staff/topics")
@may(Act.READ_DESK)
def topic_desk() -> ResponseReturnValue:
    return render_template("mandates/topic_desk.html", topics=queries.list_topics())


@bp.get("/staff/topics/new")
@may(Act.RECORD_TOPIC, form=TopicForm)
def topic_page(form: TopicForm) -> ResponseReturnValue:
    _offer_rounds(form)
    return render_template("mandates/topic_page.html", form=form)


@bp.post("/staff/topics/new")
@may(Act.RECORD_TOPIC, form=TopicForm, page="mandates.topic_page")
def record_topic(form: TopicForm) -> ResponseReturnValue:
    visions.record_topic(form.told(), actor())
    return redirect(url_for("mandates.topic_desk"), 303)


@bp.get("/staff/topics/<uuid:topic_id>")
@may(Act.RECORD_TOPIC, on=queries.get_topic, form=TopicForm)
def topic_again_page(found: Topic, form: TopicForm) -> ResponseReturnValue:
    form.prefill(
        title=found.title,
        participation=found.level.value if found.level is not None else "no",
        rung=found.rung,
        no_ground=found.ground.value if found.ground is not None else "",
        of_round=str(found.round_id or ""),
        organ=found.organ,
    )
    _offer_rounds(form)
    return render_template("mandates/topic_again_page.html", form=form, topic=found)


@bp.post("/staff/topics/<uuid:topic_id>")
@may(Act.RECORD_TOPIC, on=queries.get_topic, form=TopicForm, page="mandates.topic_again_page")
def decide_again(found: Topic, form: TopicForm) -> ResponseReturnValue:
    visions.record_topic(form.told(), actor(), replaces=found)
    return redirect(url_for("mandates.topic_desk"), 303)


def _offer_rounds(form: TopicForm) -> None:
    form.offer_rounds((str(one.id), one.title) for one in queries.list_topic_rounds(actor()))


# --- how a round is staffed ---


@bp.get("/staff/rounds/<slug>/set-up")
@may(Act.READ_SET_UP, on=get_round, form=ExampleForm)
def set_up(subject: Round, form: ExampleForm) -> ResponseReturnValue:
    told: dict[str, Any] = {"seats": queries.list_seats(subject), "set_up": queries.find_set_up(subject.id)}
    around = staff_frame(subject, actor(), "set_up")
    return render_template("mandates/set_up.html", form=form, examples=list(setups.Example), **told, **around)


@bp.post("/staff/rounds/<slug>/set-up/copy")
@may(Act.WRITE_SET_UP, on=get_round, form=ExampleForm, page="mandates.set_up")
def copy_example(subject: Round, form: ExampleForm) -> ResponseReturnValue:
    setups.copy_example(subject, form.example.data, actor())
    return redirect(url_for("mandates.set_up_page", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/set-up/edit")
@may(Act.WRITE_SET_UP, on=get_round, form=SetUpForm)
def set_up_page(subject: Round, form: SetUpForm) -> ResponseReturnValue:
    held = queries.find_set_up(subject.id)
    told = held.told if held is not None else {"lines": [], "hours": {}}
    form.prefill(hours=told["hours"], lines=(told["lines"] + [{}] * SPARE)[:MOST])
    around = staff_frame(subject, actor(), "set_up")
    return render_template("mandates/set_up_page.html", form=form, set_up=held, **around)


@bp.post("/staff/rounds/<slug>/set-up/edit")
@may(Act.WRITE_SET_UP, on=get_round, form=SetUpForm, page="mandates.set_up_page")
def write_set_up(subject: Round, form: SetUpForm) -> ResponseReturnValue:
    setups.write_set_up(subject, form.told(), form.wanted(), actor())
    return redirect(url_for("mandates.set_up", slug=subject.slug), 303)


# --- what is fixed, changed after people read it ---


@bp.get("/staff/rounds/<slug>/change")
@may(Act.READ_QUEUE, on=get_round)
def change(subject: Round) -> ResponseReturnValue:
    waiting = queries.find_change(subject.id)
    told: dict[str, Any] = {"waiting": waiting, "made": queries.list_changes(subject.id)}
    if waiting is not None:
        signed = {side: getattr(waiting, f"{side.value}_at") for side in Side}
        mine = actor().duties.get(subject.id, frozenset())
        has_signed = actor().person_id in {waiting.board_by_id, waiting.civil_by_id}
        told["sides"] = [side for side in Side if side.duty in mine and not signed[side] and not has_signed]
        told["differences"] = _differences(subject, waiting)
    return render_template("mandates/change.html", **told, **staff_frame(subject, actor(), "prepare"))


def _differences(subject: Round, waiting: FixedChange) -> list[dict[str, Any]]:
    """Return each precondition that is new or becomes another one, with what it was."""
    held = {one.code: one for one in queries.list_preconditions(subject.id)}
    rows = []
    for plan in verbs.told_of(waiting).preconditions:
        was = held.get(plan.code)
        if was is None or any(getattr(was, name) != value for name, value in vars(plan).items()):
            rows.append({"was": was, "now": plan})
    return rows


@bp.get("/staff/rounds/<slug>/change/edit")
@may(Act.CHANGE_FIXED, on=get_round, form=ChangeForm)
def change_page(subject: Round, form: ChangeForm) -> ResponseReturnValue:
    names = ("code", "title", "why", "kind", "negotiable")
    rows = [{n: getattr(p, n) for n in names} for p in queries.list_preconditions(subject.id)]
    words = {name: "\n".join(getattr(subject, name)) for name in ("can_influence", "cannot_influence")}
    form.prefill(preconditions=(rows + [{}] * SPARE)[:MOST], **words)
    return render_template("mandates/change_page.html", form=form, **staff_frame(subject, actor(), "prepare"))


@bp.post("/staff/rounds/<slug>/change/edit")
@may(Act.CHANGE_FIXED, on=get_round, form=ChangeForm, page="mandates.change_page")
def propose_change(subject: Round, form: ChangeForm) -> ResponseReturnValue:
    verbs.propose_change(subject, form.told(), form.reason.data or "", actor())
    return redirect(url_for("mandates.change", slug=subject.slug), 303)


@bp.post("/staff/rounds/<slug>/change/sign")
@may(Act.SIGN_FIXED, on=queries.get_change, form=SignChangeForm)
def sign_change(found: FixedChange, form: SignChangeForm) -> ResponseReturnValue:
    subject = queries.round_of(found)
    verbs.sign_change(found, subject, form.side.data, actor(), seen=form.seen.data or "")
    return redirect(url_for("mandates.change", slug=subject.slug), 303)


@bp.post("/staff/rounds/<slug>/change/drop")
@may(Act.CHANGE_FIXED, on=queries.get_change)
def drop_change(found: FixedChange) -> ResponseReturnValue:
    verbs.drop_change(found, actor())
    return redirect(url_for("mandates.change", slug=queries.round_of(found).slug), 303)
