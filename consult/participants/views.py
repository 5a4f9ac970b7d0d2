"""Registering as a resident, and the list of people who work for the authority."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import entrance
from consult.accounts.forms import LinkForm
from consult.accounts.models import EmailLink, Purpose
from consult.accounts.passwords import normalised_email
from consult.accounts.queries import (
    count_recovery_codes,
    find_link,
    get_account,
    list_alike,
    list_factors,
    list_sessions,
)
from consult.accounts.verbs import RESIDENT_IDLE, STAFF_IDLE, spend
from consult.doors import actor, may, platform
from consult.foundation.forms import BaseForm
from consult.foundation.language import locale
from consult.foundation.limits import count_try
from consult.foundation.text import sanitize
from consult.foundation.web import client_network, local_path
from consult.participants import organisations, queries, verbs
from consult.participants.forms import (
    AboutForm,
    DutyForm,
    InvitationForm,
    OrganisationForm,
    OrganisationRefusalForm,
    OwnForm,
    PersonForm,
    RegisterForm,
    RoleForm,
)
from consult.participants.models import Membership, Organisation, OrganisationInvitation, Person
from consult.participants.rules import read_page, read_state
from consult.policy import Act, Role, allows

bp = Blueprint("participants", __name__)


SIGN_UPS_AN_HOUR = 20  # from one network
HOUR = 3_600


def email_in(form: Any) -> str:
    """Return the address that was typed, as accounts are compared."""
    return normalised_email(form.email.data or "") or ""


def hash_password(form: Any) -> str | None:
    """Hash the password that was typed, if one was, before the transaction."""
    email = email_in(form)
    return entrance.hash_new(form.password, email, email.split("@")[0]) if form.password.data else None


def prepare_registering(form: RegisterForm) -> str | None:
    """Count who registers, here and with this address, and hash what was typed; the same for every address."""
    count_try(platform().database, f"register|{client_network()}", limit=SIGN_UPS_AN_HOUR, seconds=HOUR)
    entrance.count_mail(email_in(form))
    return hash_password(form)


def prepare_link(form: LinkForm) -> str | None:
    """Hash the new password where the link is for one."""
    with platform().database.reading():
        link = find_link(actor(), (request.view_args or {})["token"])
    if link is None or link.purpose is not Purpose.RESET:
        return None
    return entrance.hash_new(form.password, link.address, link.address.split("@")[0])


def count_again(_form: BaseForm) -> None:
    """Count a link that is mailed again."""
    with platform().database.reading():
        link = find_link(actor(), (request.view_args or {})["token"])
    if link is not None:
        entrance.count_mail(link.address)


@bp.get("/register")
@may(Act.REGISTER, form=RegisterForm)
def register_page(form: RegisterForm) -> ResponseReturnValue:
    form.prefill(for_organisation=request.args.get("for") == "organisation")
    return render_template("participants/register_page.html", form=form, next=entrance.next_page())


@bp.post("/register")
@may(Act.REGISTER, form=RegisterForm, page="participants.register_page", before=prepare_registering)
def register(form: RegisterForm, password_hash: str | None) -> ResponseReturnValue:
    organisation = form.for_organisation.data
    asked = verbs.Registration(
        email=email_in(form),
        name=form.name.data or "",
        area_code=form.area_code.data or None,
        age=form.age.data,
        role=Role.ORGANISATION if organisation else Role.RESIDENT,
        language=locale(),
        next_path=entrance.next_page() or (url_for("participants.organisation_new") if organisation else ""),
    )
    verbs.ask_to_register(asked, password_hash, actor(), platform().settings.secret_key)
    return redirect(url_for("accounts.sent_page"), 303)


@bp.get("/login/<token>")
@may(Act.SIGN_IN, on=find_link, form=LinkForm)
def link_page(link: EmailLink | None, form: LinkForm) -> ResponseReturnValue:
    token = (request.view_args or {})["token"]
    if link is None or not link.works(actor().arrived_at):
        return render_template("participants/dead_link.html", link=link, token=token), 410
    return render_template("participants/link_page.html", link=link, token=token, form=form)


@bp.post("/login/<token>")
@may(Act.SIGN_IN, on=find_link, form=LinkForm, page="participants.link_page", before=prepare_link)
def use_link(link: EmailLink | None, _form: LinkForm, password_hash: str | None) -> ResponseReturnValue:
    if link is None or not spend(link, actor().arrived_at):
        return redirect(url_for("participants.link_page", **(request.view_args or {})), 303)
    account_id = verbs.use_link(link, password_hash, actor())
    if account_id is None:  # a new address was confirmed, and that signs nobody in
        return redirect(url_for("participants.account", saved="address"), 303)
    return entrance.enter(account_id, local_path(link.next_path, ""))


@bp.post("/login/<token>/again")
@may(Act.MAIL_LINK, on=find_link, form=BaseForm, before=count_again)
def mail_again(link: EmailLink | None, _form: BaseForm, _counted: None) -> ResponseReturnValue:
    if link is not None:
        verbs.mail_again(link, actor(), platform().settings.secret_key)
    return redirect(url_for("accounts.sent_page"), 303)


@bp.get("/me/account")
@may(Act.READ_OWN)
def account() -> ResponseReturnValue:
    person, account_id = queries.get_own_person(actor()), actor().account_id
    area = dict(platform().areas()).get(person.area_code or "", "")
    second = {"factors": list_factors(account_id), "codes_left": count_recovery_codes(account_id)}
    sessions = list_sessions(actor(), actor().arrived_at - (STAFF_IDLE if actor().is_staff else RESIDENT_IDLE))
    told = {"person": person, "area": area, "account": get_account(account_id), "sessions": sessions}
    return render_template("participants/account.html", **told, **second, saved=request.args.get("saved", ""))


@bp.get("/me/account/about")
@may(Act.CHANGE_ACCOUNT, form=OwnForm)
def about_page(form: OwnForm) -> ResponseReturnValue:
    person, account = queries.get_own_person(actor()), get_account(actor().account_id)
    form.prefill(name=person.name, area_code=person.area_code or "", age=person.age, language=account.language)
    return render_template("participants/about_page.html", form=form)


@bp.post("/me/account/about")
@may(Act.CHANGE_ACCOUNT, form=OwnForm, page="participants.about_page")
def change_about(form: OwnForm) -> ResponseReturnValue:
    person = queries.get_own_person(actor())
    told = {"name": form.name.data or "", "area_code": form.area_code.data or None, "age": form.age.data}
    verbs.change_own(person, actor(), **told, language=form.language.data)
    return redirect(url_for("participants.account", saved="about"), 303)


@bp.get("/staff/people")
@may(Act.READ_PEOPLE, form=PersonForm)
def people(form: PersonForm) -> ResponseReturnValue:
    told = {"people": queries.list_staff(), "removed": queries.list_removed(), "alike": list_alike()}
    invited, saved = queries.list_invited(actor().arrived_at), request.args.get("saved", "")
    return render_template("participants/people.html", form=form, **told, invited=invited, saved=saved)


@bp.post("/staff/people")
@may(Act.CREATE_PERSON, form=PersonForm, page="participants.people", before=hash_password)
def create_person(form: PersonForm, password_hash: str | None) -> ResponseReturnValue:
    name, email, role = form.name.data or "", email_in(form), form.role.data
    if password_hash is None:
        verbs.invite(name, email, role, actor(), platform().settings.secret_key, language=locale())
        return redirect(url_for("participants.people", saved="invited"), 303)
    verbs.create_person(name, email, role, password_hash, actor())
    return redirect(url_for("participants.people"), 303)


@bp.post("/staff/people/invitations/<uuid:link_id>/withdraw")
@may(Act.REMOVE_PERSON, on=queries.find_invitation, form=BaseForm)
def uninvite(link: EmailLink | None, _form: BaseForm) -> ResponseReturnValue:
    verbs.withdraw_invitation(link, actor())
    return redirect(url_for("participants.people", saved="withdrawn"), 303)


@bp.get("/staff/people/<uuid:person_id>")
@may(Act.READ_PEOPLE, on=queries.get_member_of_staff, form=RoleForm)
def person(person: Person, form: RoleForm) -> ResponseReturnValue:
    form.prefill(role=person.role)
    waiting = queries.find_role_change(person.id)
    told = {"waiting": waiting, "account": get_account(person.account_id)}
    return render_template("participants/person.html", person=person, form=form, **told)


@bp.post("/staff/people/<uuid:person_id>/role")
@may(Act.GRANT_ROLE, on=queries.get_member_of_staff, form=RoleForm, page="participants.person")
def grant_role(person: Person, form: RoleForm) -> ResponseReturnValue:
    verbs.grant_role(person, form.role.data, actor())
    return redirect(url_for("participants.person", person_id=person.id), 303)


@bp.post("/staff/people/<uuid:person_id>/role/take-back")
@may(Act.GRANT_ROLE, on=queries.get_member_of_staff, form=BaseForm)
def take_back_role(person: Person, _form: BaseForm) -> ResponseReturnValue:
    verbs.take_back_role(person, actor())
    return redirect(url_for("participants.person", person_id=person.id), 303)


@bp.post("/staff/people/<uuid:person_id>/remove")
@may(Act.REMOVE_PERSON, on=queries.get_member_of_staff, form=BaseForm)
def remove(person: Person, _form: BaseForm) -> ResponseReturnValue:
    verbs.remove(person, actor())
    return redirect(url_for("participants.people", saved="removed"), 303)


@bp.post("/staff/people/<uuid:person_id>/let-in")
@may(Act.REMOVE_PERSON, on=queries.get_member_of_staff, form=BaseForm)
def let_in_again(person: Person, _form: BaseForm) -> ResponseReturnValue:
    verbs.let_in_again(person, actor())
    return redirect(url_for("participants.person", person_id=person.id), 303)


# --- organisations ---


def render_about(form: Any) -> str:
    """Turn what an organisation says of itself into safe HTML, before the transaction."""
    return sanitize(form.about.data or "")


@bp.get("/organisations")
@may(Act.READ_SITE)
def organisation_list() -> ResponseReturnValue:
    page = queries.list_organisations(read_page(request.args.get("page", "")))
    mine = queries.list_memberships(actor().person_id) if actor().memberships else []
    return render_template("participants/organisation_list.html", page=page, mine=mine)


@bp.get("/organisations/new")
@may(Act.READ_OWN, form=OrganisationForm)
def organisation_new(form: OrganisationForm) -> ResponseReturnValue:
    return render_template("participants/organisation_new.html", form=form)


@bp.post("/organisations/new")
@may(Act.ASK_ORGANISATION, form=OrganisationForm, page="participants.organisation_new", before=render_about)
def ask(form: OrganisationForm, about_html: str) -> ResponseReturnValue:
    new = organisations.ask(form.told(about_html), actor())
    return redirect(url_for("positions.organisation", organisation=new.slug), 303)


@bp.get("/organisations/<organisation>/correct")
@may(Act.EDIT_ORGANISATION, on=queries.get_organisation, form=OrganisationForm)
def organisation_correct(organisation: Organisation, form: OrganisationForm) -> ResponseReturnValue:
    told = {name: getattr(organisation, name) for name in ("name", "kvk", "domain", "about")}
    form.prefill(**told, type=organisation.kind)
    return render_template("participants/organisation_correct.html", organisation=organisation, form=form)


@bp.post("/organisations/<organisation>/correct")
@may(
    Act.EDIT_ORGANISATION,
    on=queries.get_organisation,
    form=OrganisationForm,
    page="participants.organisation_correct",
    before=render_about,
)
def correct(organisation: Organisation, form: OrganisationForm, about_html: str) -> ResponseReturnValue:
    organisations.correct(organisation, form.told(about_html), actor())
    return redirect(url_for("positions.organisation", organisation=organisation.slug), 303)


@bp.get("/organisations/<organisation>/edit")
@may(Act.EDIT_ORGANISATION, on=queries.get_organisation, form=AboutForm)
def organisation_edit(organisation: Organisation, form: AboutForm) -> ResponseReturnValue:
    form.prefill(domain=organisation.domain, about=organisation.about)
    return render_template("participants/organisation_edit.html", organisation=organisation, form=form)


@bp.post("/organisations/<organisation>/edit")
@may(
    Act.EDIT_ORGANISATION,
    on=queries.get_organisation,
    form=AboutForm,
    page="participants.organisation_edit",
    before=render_about,
)
def describe(organisation: Organisation, form: AboutForm, about_html: str) -> ResponseReturnValue:
    told = {"domain": form.domain.data or "", "about": form.about.data or ""}
    organisations.describe(organisation, actor(), **told, about_html=about_html)
    return redirect(url_for("positions.organisation", organisation=organisation.slug), 303)


@bp.get("/organisations/<organisation>/members")
@may(Act.READ_MEMBERS, on=queries.get_organisation, form=InvitationForm)
def organisation_members(organisation: Organisation, form: InvitationForm) -> ResponseReturnValue:
    manages = allows(Act.INVITE_MEMBER, actor(), organisation)
    return render_template(
        "participants/organisation_members.html",
        organisation=organisation,
        form=form,
        members=queries.list_members(organisation.id),
        invitations=queries.list_invitations(organisation.id, actor().arrived_at) if manages else [],
        log=queries.list_log(organisation.id) if manages else [],
        asked=request.args.get("invited") == "yes",
    )


@bp.post("/organisations/<organisation>/invitations")
@may(Act.INVITE_MEMBER, on=queries.get_organisation, form=InvitationForm, page="participants.organisation_members")
def invite(organisation: Organisation, form: InvitationForm) -> ResponseReturnValue:
    email, secret = normalised_email(form.email.data or "") or "", platform().settings.secret_key
    organisations.invite(organisation, email, form.member_duty.data, actor(), secret=secret)
    return redirect(url_for("participants.organisation_members", organisation=organisation.slug, invited="yes"), 303)


@bp.post("/organisations/<organisation>/invitations/<uuid:invitation_id>/withdraw")
@may(Act.INVITE_MEMBER, on=queries.get_invitation)
def withdraw_invitation(invitation: OrganisationInvitation) -> ResponseReturnValue:
    organisations.withdraw_invitation(invitation, actor())
    return redirect(_members_of(invitation.organisation), 303)


@bp.get("/organisations/<organisation>/members/<uuid:membership_id>")
@may(Act.CHANGE_MEMBER, on=queries.get_membership, form=DutyForm)
def organisation_member(membership: Membership, form: DutyForm) -> ResponseReturnValue:
    form.prefill(member_duty=membership.duty)
    return render_template("participants/organisation_member.html", membership=membership, form=form)


@bp.post("/organisations/<organisation>/members/<uuid:membership_id>/duty")
@may(Act.CHANGE_MEMBER, on=queries.get_membership, form=DutyForm, page="participants.organisation_member")
def set_duty(membership: Membership, form: DutyForm) -> ResponseReturnValue:
    organisations.set_duty(membership, form.member_duty.data, actor())
    return redirect(_members_of(membership.organisation), 303)


@bp.post("/organisations/<organisation>/members/<uuid:membership_id>/remove")
@may(Act.CHANGE_MEMBER, on=queries.get_membership)
def remove_member(membership: Membership) -> ResponseReturnValue:
    organisations.remove(membership, actor())
    return redirect(_members_of(membership.organisation), 303)


@bp.get("/organisations/<organisation>/leave")
@may(Act.LEAVE_ORGANISATION, on=queries.get_organisation)
def organisation_leave(organisation: Organisation) -> ResponseReturnValue:
    return render_template("participants/organisation_leave.html", organisation=organisation)


@bp.post("/organisations/<organisation>/leave")
@may(Act.LEAVE_ORGANISATION, on=queries.get_organisation)
def leave(organisation: Organisation) -> ResponseReturnValue:
    organisations.leave(organisation, actor())
    return redirect(url_for("participants.organisation_list"), 303)


@bp.get("/organisations/join/<key>")
@may(Act.READ_SITE, on=queries.get_invited)
def organisation_join(invitation: OrganisationInvitation) -> ResponseReturnValue:
    return render_template(
        "participants/organisation_join.html",
        invitation=invitation,
        is_open=invitation.is_open(actor().arrived_at),
        here=request.path,
    )


@bp.post("/organisations/join/<key>")
@may(Act.JOIN_ORGANISATION, on=queries.get_invited)
def join(invitation: OrganisationInvitation) -> ResponseReturnValue:
    organisations.accept(invitation, actor())
    return redirect(url_for("positions.organisation", organisation=invitation.organisation.slug), 303)


@bp.get("/staff/organisations")
@may(Act.READ_ORGANISATIONS)
def organisation_desk() -> ResponseReturnValue:
    asked = read_state(request.args.get("state", ""))
    page = queries.list_asked(asked, read_page(request.args.get("page", "")))
    counts = queries.count_asked()
    return render_template("participants/organisation_desk.html", page=page, counts=counts, asked=asked)


@bp.get("/staff/organisations/<organisation>")
@may(Act.READ_ORGANISATIONS, on=queries.get_asked, form=OrganisationRefusalForm)
def organisation_check(organisation: Organisation, form: OrganisationRefusalForm) -> ResponseReturnValue:
    told = {"organisation": organisation, "asker": queries.find_asker(organisation), "form": form}
    return render_template("participants/organisation_check.html", **told)


@bp.post("/staff/organisations/<organisation>/verify")
@may(Act.DECIDE_ORGANISATION, on=queries.get_asked)
def verify(organisation: Organisation) -> ResponseReturnValue:
    organisations.verify(organisation, actor())
    return redirect(url_for("participants.organisation_desk"), 303)


@bp.post("/staff/organisations/<organisation>/refuse")
@may(
    Act.DECIDE_ORGANISATION,
    on=queries.get_asked,
    form=OrganisationRefusalForm,
    page="participants.organisation_check",
)
def refuse(organisation: Organisation, form: OrganisationRefusalForm) -> ResponseReturnValue:
    organisations.refuse(organisation, form.reason.data or "", actor())
    return redirect(url_for("participants.organisation_desk"), 303)


def _members_of(organisation: Organisation) -> str:
    return url_for("participants.organisation_members", organisation=organisation.slug)
