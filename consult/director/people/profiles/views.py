"""The competence frame and role profiles: for everybody to read, without anybody's name, and for staff to write."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.director.people.profiles import queries, rules, verbs
from consult.director.people.profiles.forms import ConsentForm, FrameForm, ProfileForm, PublishForm
from consult.director.people.profiles.models import CompetenceFrame, RoleProfile
from consult.director.people.profiles.rules import read_competences, read_profile
from consult.doors import actor, may
from consult.foundation.forms import BadForm
from consult.policy import Act

bp = Blueprint("profiles", __name__)


@bp.get("/profiles")
@may(Act.READ_SITE)
def listing() -> ResponseReturnValue:
    return render_template("profiles/listing.html", profiles=queries.list_profiles(), frame=queries.find_frame())


@bp.get("/profiles/<profile_slug>")
@may(Act.READ_SITE, on=queries.get_profile)
def one(profile: RoleProfile) -> ResponseReturnValue:
    others = [one for one in queries.list_profiles() if one.slug != profile.slug]
    versions = queries.list_versions(profile.slug)
    return render_template("profiles/one.html", **_told(profile), others=others, versions=versions)


@bp.get("/profiles/<profile_slug>/versions/<int:version_number>")
@may(Act.READ_SITE, on=queries.get_profile_version)
def version(profile: RoleProfile) -> ResponseReturnValue:
    return render_template("profiles/version.html", **_told(profile))


@bp.get("/competences")
@may(Act.READ_SITE)
def frame() -> ResponseReturnValue:
    versions = queries.list_frames()
    newest = versions[0] if versions else None
    told = read_competences(newest.competences) if newest is not None else []
    return render_template("profiles/frame.html", frame=newest, competences=told, versions=versions)


@bp.get("/competences/<int:frame_number>")
@may(Act.READ_SITE, on=queries.get_published_frame)
def frame_version(found: CompetenceFrame) -> ResponseReturnValue:
    told = read_competences(found.competences)
    return render_template("profiles/frame.html", frame=found, competences=told, versions=queries.list_frames())


@bp.get("/staff/competences")
@may(Act.WRITE_COMPETENCES, form=FrameForm)
def frame_page(form: FrameForm) -> ResponseReturnValue:
    newest = queries.find_newest_frame()
    form.show(newest)
    return render_template("profiles/frame_page.html", frame=newest, form=form)


@bp.post("/staff/competences")
@may(Act.WRITE_COMPETENCES, form=FrameForm, page="profiles.frame_page")
def write_frame(form: FrameForm) -> ResponseReturnValue:
    if lacks := rules.lacks_of_frame(form.told()):
        raise BadForm(form.competences, " ".join(lacks))
    verbs.write_frame(form.told(), actor(), edition=form.edition.data or "")
    return redirect(url_for("profiles.consent_page"), 303)


@bp.get("/staff/competences/publish")
@may(Act.PUBLISH_COMPETENCES, form=ConsentForm)
def consent_page(form: ConsentForm) -> ResponseReturnValue:
    newest = queries.find_newest_frame()
    told = read_competences(newest.competences) if newest is not None else []
    form.prefill(edition=newest.edition if newest is not None else "")
    return render_template("profiles/consent_page.html", frame=newest, competences=told, form=form)


@bp.post("/staff/competences/publish")
@may(Act.PUBLISH_COMPETENCES, form=ConsentForm, page="profiles.consent_page")
def publish_frame(form: ConsentForm) -> ResponseReturnValue:
    assert form.consent_on.data is not None
    told = {"consent": form.consent.data or "", "edition": form.edition.data or ""}
    verbs.publish_frame(actor(), consent_on=form.consent_on.data, **told)
    return redirect(url_for("profiles.frame"), 303)


@bp.get("/staff/profiles")
@may(Act.READ_DESK)
def desk() -> ResponseReturnValue:
    return render_template(
        "profiles/desk.html", profiles=queries.list_profiles(written=True), frame=queries.find_newest_frame()
    )


@bp.get("/staff/profiles/new")
@may(Act.WRITE_PROFILE, form=ProfileForm)
def new_page(form: ProfileForm) -> ResponseReturnValue:
    told = queries.list_competences()
    form.show(None, told)
    return render_template("profiles/new_page.html", form=form, competences=told)


@bp.post("/staff/profiles/new")
@may(Act.WRITE_PROFILE, form=ProfileForm, page="profiles.new_page")
def create(form: ProfileForm) -> ResponseReturnValue:
    return _written(form)


@bp.get("/staff/profiles/<profile_slug>")
@may(Act.WRITE_PROFILE, on=queries.get_newest_profile, form=ProfileForm)
def edit_page(profile: RoleProfile, form: ProfileForm) -> ResponseReturnValue:
    told = queries.list_competences()
    form.show(profile, told)
    return render_template("profiles/edit_page.html", profile=profile, form=form, competences=told)


@bp.post("/staff/profiles/<profile_slug>")
@may(Act.WRITE_PROFILE, on=queries.get_newest_profile, form=ProfileForm, page="profiles.edit_page")
def change(profile: RoleProfile, form: ProfileForm) -> ResponseReturnValue:
    return _written(form, profile)


@bp.post("/staff/profiles/<profile_slug>/publish")
@may(Act.PUBLISH_PROFILE, on=queries.get_newest_profile, form=PublishForm)
def publish(profile: RoleProfile, form: PublishForm) -> ResponseReturnValue:
    verbs.publish_profile(profile, actor(), edition=form.edition.data or "")
    return redirect(url_for("profiles.one", profile_slug=profile.slug), 303)


@bp.get("/staff/profiles/<profile_slug>/difference")
@may(Act.READ_DESK, on=queries.get_profile)
def difference(profile: RoleProfile) -> ResponseReturnValue:
    beside = queries.find_beside(profile, request.args.get("beside", ""))
    others = [one for one in queries.list_profiles() if one.slug != profile.slug]
    told = _difference(profile, beside) if beside is not None else None
    return render_template("profiles/difference.html", profile=profile, beside=beside, others=others, difference=told)


def _difference(profile: RoleProfile, beside: RoleProfile) -> rules.Difference:
    names = {one.code: one.name for one in read_competences(profile.frame.competences)}
    return rules.difference(read_profile(beside.content), read_profile(profile.content), names)


def _written(form: ProfileForm, instead: RoleProfile | None = None) -> ResponseReturnValue:
    told, title, kind = form.told(), form.title.data or "", form.profile_kind.data
    if lacks := rules.lacks_of_profile(told, queries.list_competences()):
        raise BadForm(form.tasks, " ".join(lacks))
    made = verbs.write_profile(kind, title, told, actor(), instead=instead, edition=form.edition.data or "")
    return redirect(url_for("profiles.version", profile_slug=made.slug, version_number=made.number), 303)


def _told(profile: RoleProfile) -> dict[str, object]:
    competences = {one.code: one for one in read_competences(profile.frame.competences)}
    return {"profile": profile, "told": read_profile(profile.content), "competences": competences}
