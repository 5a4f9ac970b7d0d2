"""Files of contributions: giving them back, adding more, describing them, and taking them off the page."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.contributions import attaching
from consult.contributions.forms import AboutForm, AddForm, DescribeForm, HideForm
from consult.contributions.models import Attachment, Contribution
from consult.contributions.queries import get_attachment, get_contribution, get_file
from consult.contributions.rules import files_for
from consult.doors import actor, may, platform
from consult.foundation import web
from consult.policy import Act
from consult.rounds.frame import frame

bp = Blueprint("contributions", __name__)


@bp.get("/rounds/<slug>/contributions/<public_id>/files/<attachment_id>")
@may(Act.READ_CONTRIBUTION, on=get_file)
def file(attachment: Attachment) -> ResponseReturnValue:
    path = platform().files.path(attachment.stored_name)
    is_open = attachment.is_public and actor().is_anonymous
    return web.stored_file(
        path,
        attachment.name,
        attachment.media_type,
        tag=attachment.sha256,
        inline=attachment.is_image,
        is_public=is_open,
    )


@bp.get("/rounds/<slug>/contributions/<public_id>/files")
@may(Act.READ_CONTRIBUTION, on=get_contribution, form=AddForm)
def files_page(contribution: Contribution, form: AddForm) -> ResponseReturnValue:
    return render_template(
        "contributions/files_page.html",
        **frame(contribution.round, actor(), "proposals"),
        contribution=contribution,
        attachments=files_for(contribution, actor()),
        form=form,
    )


@bp.post("/rounds/<slug>/contributions/<public_id>/files")
@may(Act.ATTACH_FILE, on=get_contribution, form=AddForm, page="contributions.files_page", upload=True)
def add(contribution: Contribution, form: AddForm) -> ResponseReturnValue:
    attaching.add_files(contribution, form.files.data, actor())
    return redirect(_files_of(contribution), 303)


@bp.get("/rounds/<slug>/contributions/<public_id>/files/<attachment_id>/about")
@may(Act.READ_CONTRIBUTION, on=get_attachment, form=AboutForm)
def file_page(attachment: Attachment, form: AboutForm) -> ResponseReturnValue:
    form.prefill(alt=attachment.alt)
    return render_template(
        "contributions/file_page.html",
        **frame(attachment.contribution.round, actor(), "proposals"),
        attachment=attachment,
        form=form,
    )


@bp.post("/rounds/<slug>/contributions/<public_id>/files/<attachment_id>/describe")
@may(Act.DESCRIBE_FILE, on=get_attachment, form=DescribeForm, page="contributions.file_page")
def describe(attachment: Attachment, form: DescribeForm) -> ResponseReturnValue:
    attaching.describe(attachment, actor(), alt=form.alt.data or "")
    return redirect(_files_of(attachment.contribution), 303)


@bp.post("/rounds/<slug>/contributions/<public_id>/files/<attachment_id>/remove")
@may(Act.REMOVE_FILE, on=get_attachment)
def remove(attachment: Attachment) -> ResponseReturnValue:
    attaching.remove(attachment, actor())
    return redirect(_files_of(attachment.contribution), 303)


@bp.post("/rounds/<slug>/contributions/<public_id>/files/<attachment_id>/hide")
@may(Act.HIDE_FILE, on=get_attachment, form=HideForm, page="contributions.file_page")
def hide(attachment: Attachment, form: HideForm) -> ResponseReturnValue:
    attaching.hide(attachment, actor(), why=form.why.data or "")
    return redirect(_files_of(attachment.contribution), 303)


@bp.post("/rounds/<slug>/contributions/<public_id>/files/<attachment_id>/show")
@may(Act.SHOW_FILE, on=get_attachment)
def show(attachment: Attachment) -> ResponseReturnValue:
    attaching.show(attachment, actor())
    return redirect(_files_of(attachment.contribution), 303)


def _files_of(contribution: Contribution) -> str:
    return url_for("contributions.files_page", slug=contribution.round.slug, public_id=contribution.public_id)
