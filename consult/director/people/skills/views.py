"""My development, the people somebody coaches, and finding colleagues who want to be found."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.director.people.learning.models import Enrolment
from consult.director.people.learning.queries import find_activity, list_activities
from consult.director.people.learning.verbs import enrol as follow
from consult.director.people.learning.verbs import finish as finish_learning
from consult.director.people.profiles.queries import list_competences, list_profiles
from consult.director.people.skills import frame, queries, rules, verbs
from consult.director.people.skills.forms import (
    AgreeForm,
    CoachForm,
    EnrolForm,
    FinishForm,
    LevelsForm,
    PlanForm,
    ResultForm,
    TalentForm,
)
from consult.director.people.skills.models import Assessment, AssessmentKind, PlanItem, SkillProfile
from consult.doors import actor, may
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.policy import Act

bp = Blueprint("skills", __name__)


@bp.get("/me/development")
@may(Act.READ_SKILLS, on=queries.get_own_skills)
def mine(own: SkillProfile) -> ResponseReturnValue:
    return render_template("skills/mine.html", **frame.development(own))


@bp.get("/me/development/coach")
@may(Act.ASSESS_OWN, on=queries.get_own_skills, form=CoachForm)
def coach_page(own: SkillProfile, form: CoachForm) -> ResponseReturnValue:
    form.prefill(coach=str(own.coach_id or ""), towards=own.towards)
    coaches = [(str(one.id), one.name) for one in queries.list_coaches(actor())]
    form.offer(coaches, [(one.slug, one.title) for one in list_profiles()])
    return render_template("skills/coach_page.html", form=form)


@bp.post("/me/development/coach")
@may(Act.ASSESS_OWN, on=queries.get_own_skills, form=CoachForm, page="skills.coach_page")
def choose_coach(own: SkillProfile, form: CoachForm) -> ResponseReturnValue:
    chosen = next((one for one in queries.list_coaches(actor()) if str(one.id) == form.coach.data), None)
    if form.coach.data and chosen is None:
        raise BadForm(form.coach, _("This is no coach here any more. Choose somebody else."))
    known = {one.slug for one in list_profiles()}
    verbs.choose_coach(own, chosen, form.towards.data if form.towards.data in known else "", actor())
    return _home()


@bp.get("/me/development/assessment")
@may(Act.ASSESS_OWN, on=queries.get_own_skills, form=LevelsForm)
def assess_page(own: SkillProfile, form: LevelsForm) -> ResponseReturnValue:
    before = rules.newest(queries.list_assessments(own.id), AssessmentKind.OWN)
    form.offer(list_competences(), frame.levels_of(before))
    return render_template("skills/assess_page.html", form=form)


@bp.post("/me/development/assessment")
@may(Act.ASSESS_OWN, on=queries.get_own_skills, form=LevelsForm, page="skills.assess_page")
def assess(own: SkillProfile, form: LevelsForm) -> ResponseReturnValue:
    verbs.assess(own, form.told(), form.words.data or "", actor())
    return _home()


@bp.post("/me/development/agreed/<uuid:assessment_id>")
@may(Act.ASSESS_OWN, on=queries.get_own_assessment)
def confirm(agreed: Assessment) -> ResponseReturnValue:
    verbs.confirm(agreed, actor())
    return _home()


@bp.get("/me/development/plan")
@may(Act.PLAN_DEVELOPMENT, on=queries.get_own_skills, form=PlanForm)
def plan_page(own: SkillProfile, form: PlanForm) -> ResponseReturnValue:
    form.prefill(competence=request.args.get("code", ""))
    form.offer(list_competences())
    return render_template("skills/plan_page.html", form=form)


@bp.post("/me/development/plan")
@may(Act.PLAN_DEVELOPMENT, on=queries.get_own_skills, form=PlanForm, page="skills.plan_page")
def plan(own: SkillProfile, form: PlanForm) -> ResponseReturnValue:
    _plan(own, form)
    return _home()


@bp.get("/me/development/plan/<uuid:item_id>")
@may(Act.PLAN_DEVELOPMENT, on=queries.get_plan_item, form=ResultForm)
def result_page(item: PlanItem, form: ResultForm) -> ResponseReturnValue:
    return render_template("skills/result_page.html", item=item, form=form)


@bp.post("/me/development/plan/<uuid:item_id>")
@may(Act.PLAN_DEVELOPMENT, on=queries.get_plan_item, form=ResultForm, page="skills.result_page")
def tell_result(item: PlanItem, form: ResultForm) -> ResponseReturnValue:
    verbs.tell_result(item, form.result_told.data or "", actor())
    if queries.get_own_skills(actor()).id != item.skill_profile_id:
        return redirect(url_for("skills.one", skill_id=item.skill_profile_id), 303)
    return _home()


@bp.get("/me/development/learning")
@may(Act.FOLLOW_LEARNING, on=queries.get_own_skills, form=EnrolForm)
def enrol_page(_own: SkillProfile, form: EnrolForm) -> ResponseReturnValue:
    known = list_activities()
    form.learning.choices = [(one.public_id, one.title) for one in known]
    return render_template("skills/enrol_page.html", form=form, known=known)


@bp.post("/me/development/learning")
@may(Act.FOLLOW_LEARNING, on=queries.get_own_skills, form=EnrolForm, page="skills.enrol_page")
def enrol(_own: SkillProfile, form: EnrolForm) -> ResponseReturnValue:
    chosen = find_activity(form.learning.data or "")
    if chosen is None:
        raise BadForm(form.learning, _("Choose something out of the catalogue."))
    follow(chosen, actor())
    return _home()


@bp.get("/me/development/learning/<uuid:enrolment_id>")
@may(Act.FOLLOW_LEARNING, on=queries.get_enrolment, form=FinishForm)
def finish_page(enrolment: Enrolment, form: FinishForm) -> ResponseReturnValue:
    return render_template("skills/finish_page.html", enrolment=enrolment, form=form)


@bp.post("/me/development/learning/<uuid:enrolment_id>")
@may(Act.FOLLOW_LEARNING, on=queries.get_enrolment, form=FinishForm, page="skills.finish_page")
def finish(enrolment: Enrolment, form: FinishForm) -> ResponseReturnValue:
    assert form.finished_on.data is not None
    finish_learning(enrolment, actor(), on=form.finished_on.data, shows=form.shows.data or "")
    return _home()


# --- being found ---


@bp.get("/me/development/talent")
@may(Act.SHOW_TALENT, on=queries.get_own_skills, form=TalentForm)
def talent_page(own: SkillProfile, form: TalentForm) -> ResponseReturnValue:
    form.prefill(talents=own.talents, own_words=own.words)
    form.offer(list_competences())
    return render_template("skills/talent_page.html", own=own, form=form)


@bp.post("/me/development/talent")
@may(Act.SHOW_TALENT, on=queries.get_own_skills, form=TalentForm, page="skills.talent_page")
def show_talent(own: SkillProfile, form: TalentForm) -> ResponseReturnValue:
    verbs.show_talent(own, form.talents.data or (), form.own_words.data or "", actor())
    return _home()


@bp.post("/me/development/talent/withdraw")
@may(Act.SHOW_TALENT, on=queries.get_own_skills)
def withdraw_talent(own: SkillProfile) -> ResponseReturnValue:
    verbs.show_talent(own, (), "", actor())
    return _home()


@bp.get("/staff/talent")
@may(Act.FIND_TALENT)
def talent() -> ResponseReturnValue:
    competences, code = list_competences(), request.args.get("competence", "")
    names = {one.code: f"{one.code} {one.name}" for one in competences}
    found = queries.list_talent(code if code in names else "")
    return render_template("skills/talent.html", found=found, names=names, code=code)


# --- the coach ---


@bp.get("/staff/development")
@may(Act.READ_COACHED)
def coached() -> ResponseReturnValue:
    return render_template("skills/coached.html", people=queries.list_coached(actor()))


@bp.get("/staff/development/<uuid:skill_id>")
@may(Act.AGREE_LEVELS, on=queries.get_coached)
def one(of: SkillProfile) -> ResponseReturnValue:
    return render_template("skills/one.html", **frame.development(of))


@bp.get("/staff/development/<uuid:skill_id>/talk")
@may(Act.AGREE_LEVELS, on=queries.get_coached, form=AgreeForm)
def agree_page(of: SkillProfile, form: AgreeForm) -> ResponseReturnValue:
    known = queries.list_assessments(of.id)
    before = rules.newest(known, AssessmentKind.AGREED) or rules.newest(known, AssessmentKind.OWN)
    form.offer(list_competences(), frame.levels_of(before))
    return render_template("skills/agree_page.html", of=of, form=form)


@bp.post("/staff/development/<uuid:skill_id>/talk")
@may(Act.AGREE_LEVELS, on=queries.get_coached, form=AgreeForm, page="skills.agree_page")
def agree(of: SkillProfile, form: AgreeForm) -> ResponseReturnValue:
    assert form.talked_on.data is not None
    verbs.agree(of, form.told(), form.words.data or "", actor(), talked_on=form.talked_on.data)
    return redirect(url_for("skills.one", skill_id=of.id), 303)


@bp.get("/staff/development/<uuid:skill_id>/plan")
@may(Act.AGREE_LEVELS, on=queries.get_coached, form=PlanForm)
def coached_plan_page(of: SkillProfile, form: PlanForm) -> ResponseReturnValue:
    form.prefill(competence=request.args.get("code", ""))
    form.offer(list_competences())
    return render_template("skills/coached_plan_page.html", of=of, form=form)


@bp.post("/staff/development/<uuid:skill_id>/plan")
@may(Act.AGREE_LEVELS, on=queries.get_coached, form=PlanForm, page="skills.coached_plan_page")
def coached_plan(of: SkillProfile, form: PlanForm) -> ResponseReturnValue:
    _plan(of, form)
    return redirect(url_for("skills.one", skill_id=of.id), 303)


def _plan(of: SkillProfile, form: PlanForm) -> None:
    if form.competence.data not in {one.code for one in list_competences()}:
        raise BadForm(form.competence, _("Choose a competence of the frame."))
    assert form.due_on.data is not None
    told = {"code": form.competence.data, "level": form.wanted_level.data, "activity": form.activity.data or ""}
    verbs.plan(of, actor(), due_on=form.due_on.data, **told)


def _home() -> ResponseReturnValue:
    return redirect(url_for("skills.mine"), 303)
