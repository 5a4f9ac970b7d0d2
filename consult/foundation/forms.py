"""Forms: the shape of what a person can send, a dated token, and keys and text that the server keeps."""

import hmac
import re
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any, ClassVar

from sqlalchemy import String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import Field, FieldList, Form, FormField, HiddenField, SelectMultipleField, StringField, ValidationError
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.i18n import get_translations
from wtforms.meta import DefaultMeta
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, FileInput, ListWidget

from consult.foundation import clock, files, text
from consult.foundation.db import Base, id_column, insert_of, session
from consult.foundation.language import exact, gettext, locale, ngettext
from consult.foundation.sniffing import BadFile

TOKEN_LIFE = timedelta(hours=26)
KEPT_FOR = timedelta(hours=1)
LONGEST_ALT = 300
_HANDLE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OWN = "own."  # with this begins the handle of what one session alone finds again
NEVER_KEPT = frozenset({"csrf_token", "form_key", "password", "password_again", "one_time_code", "recovery_code"})


class FormKey(Base):
    """A form that creates something was carried out for this owner; a repeat gets the first answer."""

    __tablename__ = "form_key"
    __table_args__ = (UniqueConstraint("owner_id", "key"),)

    id: Mapped[uuid.UUID] = id_column()
    owner_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(String(40))
    location: Mapped[str] = mapped_column(Text, default="")
    used_at: Mapped[datetime]


class KeptText(Base):
    """What somebody typed before signing in; kept for an hour under a handle that stands in the address."""

    __tablename__ = "kept_text"

    handle: Mapped[str] = mapped_column(String(40), primary_key=True)
    fields: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Sealing:
    """With what forms are signed in this request: the platform's secret and whose form it is."""

    secret: bytes
    owner: str


sealing: ContextVar[Sealing] = ContextVar("sealing")


def token() -> str:
    """Return a dated token for a form of the present owner."""
    stamp = f"{int(clock.now().timestamp()):x}"
    return f"{stamp}.{_signature(stamp)}"


def _signature(stamp: str) -> str:
    kept = sealing.get()
    return hmac.new(kept.secret, f"form|{kept.owner}|{stamp}".encode(), sha256).hexdigest()


class BadForm(Exception):
    """What the form alone could not tell is a mistake; it carries the error and is shown again, and nothing is kept.

    Raised by slow work before the transaction, or by the view where only the subject tells what is right.
    """

    def __init__(self, field: Field, sentence: str) -> None:
        super().__init__(sentence)
        field.errors = [*field.errors, sentence]


class ForgedToken(ValidationError):
    """The token is absent, or was not made for this person."""


class DatedToken(CSRF):
    """WTForms' own hook: a signed token that says when the form was shown and to whom."""

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        return token()

    def validate_csrf_token(self, form: Any, field: CSRFTokenField) -> None:
        stamp, _, signature = (field.data or "").partition(".")
        form.is_forged = not hmac.compare_digest(signature.encode(), _signature(stamp).encode())
        if form.is_forged:
            raise ForgedToken("forged")
        if clock.now() - datetime.fromtimestamp(int(stamp, 16), clock.now().tzinfo) > TOKEN_LIFE:
            raise ValidationError(
                gettext("This page was open for a very long time. Look at it once more and send it again.")
            )


@cache
def _messages(name: str) -> Any:
    return get_translations([name])


class BaseForm(Form):
    """What every form shares; also the form behind a single button."""

    class Meta(DefaultMeta):
        csrf = True
        csrf_class = DatedToken

        def get_translations(self, form: Any) -> Any:
            return _messages(locale()) if locale() != "en" else None

    is_forged = False
    is_filled = False  # somebody typed in it: sent, or kept from before sign-in

    def prefill(self, **values: Any) -> None:
        """Show these values, unless somebody already typed in the form."""
        if not self.is_filled:
            self.process(data=values)

    def files_fields(self) -> list["FilesField"]:
        """Return the fields that take files."""
        return [field for field in self if isinstance(field, FilesField)]

    def lost_files(self) -> dict[str, list[str]]:
        """Return the names of files that could not be kept, as they are sent along with what was typed."""
        return {f"{field.name}-lost": field.lost for field in self.files_fields() if field.lost}

    def mistakes(self) -> list[tuple[str, str, str]]:
        """Return every error as (id of the field, its label, the sentence), in the order of the page."""
        return list(_mistakes(self))

    def typed(self) -> dict[str, str]:
        """Return what was typed in fields that show text, by label, so that it can be given back."""
        return {
            label: _in_words(field)
            for label, field in _labelled(self)
            if isinstance(field.data, str) and len(field.data) > 1 and is_text(field)
        }


def _in_words(field: Field) -> str:
    """Return what a field holds as the page shows it: of a choice its words."""
    offered = {choice[0]: choice[1] for choice in getattr(field, "choices", None) or () if isinstance(choice, tuple)}
    return str(offered.get(field.data, field.data))


def _labelled(fields: Iterable[Field], number: str = "") -> Iterator[tuple[str, Field]]:
    """Give every field with its label; in a list of rows the number of the row comes after it."""
    for field in fields:
        if isinstance(field, FormField):
            yield from _labelled(field.form, number)
        elif isinstance(field, FieldList):
            for place, row in enumerate(field.entries, start=1):
                yield from _labelled([row], f" {place}")
        else:
            yield f"{field.label.text}{number}", field


def is_text(field: Field) -> bool:
    """Say whether a person typed what a field holds."""
    return field.name not in NEVER_KEPT and not isinstance(field, HiddenField)


def _mistakes(fields: Iterable[Field]) -> Iterator[tuple[str, str, str]]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _mistakes(field.form)
        elif isinstance(field, FilesField):
            told = field.mistakes or [(field.id, str(error)) for error in field.errors]
            yield from ((place, str(field.label.text), sentence) for place, sentence in told)
        elif isinstance(field, FieldList):
            yield from _mistakes(field.entries)
            first = _first_of(field)
            yield from ((first, str(field.label.text), e) for e in field.errors if isinstance(e, str))
        elif field.errors:
            place = f"{field.id}-0" if field.type in {"RadioField", "CheckboxesField"} else field.id
            yield place, str(field.label.text), " ".join(map(str, field.errors))


def _first_of(rows: Any) -> str:
    """Return the id of the first control in a list of fields, or of rows of fields."""
    if not rows.entries:
        return str(rows.id)
    first = rows.entries[0]
    return str(next(iter(first.form)).id if isinstance(first, FormField) else first.id)


class SignedForm(BaseForm):
    """The form behind an address that is its own proof: it may come from a mail program, so it has no token."""

    class Meta(BaseForm.Meta):
        csrf = False


class CreatingForm(BaseForm):
    """A form that creates something: its key makes a double click one creation."""

    form_key = HiddenField(default=lambda: secrets.token_urlsafe(16))


class Unfinished(BaseForm):
    """A form as it stands by now; nothing of it has to be whole yet. `quiet`: a script sends it and wants no page."""

    written: ClassVar[Sequence[str]]  # the fields of which is kept what stands in them
    quiet = HiddenField()

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask only whether the form is ours and still fresh."""
        super().validate(*args, **kwargs)
        for field in self:
            if field.name != "csrf_token":
                field.errors = []
        return not self.errors

    def told(self) -> dict[str, str]:
        """Return what was written, by the names of the fields."""
        return {name: str(self[name].data or "") for name in self.written}


class OneLine:
    """WTForms filter: clean a name, title or label."""

    def __call__(self, value: str | None) -> str:
        return text.one_line(value or "")


class Body:
    """WTForms filter: clean a text of several lines."""

    def __call__(self, value: str | None) -> str:
        return text.body(value or "")


class NumberField(StringField):
    """A number as people type it, with a comma or a point; `number` is exact, and None when nothing was typed.

    `least` is the smallest one that is taken.
    """

    def __init__(
        self, label: str | None = None, validators: Any = None, *, least: Decimal | None = None, **more: Any
    ) -> None:
        super().__init__(label, validators, **more)
        self.least = least

    def process_data(self, value: Any) -> None:
        self.data = exact(value) if isinstance(value, Decimal) else value

    @property
    def number(self) -> Decimal | None:
        return text.number_in(self.data or "")

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was typed without the spaces around it, so that a space alone is nothing."""
        super().process_formdata([str(one).strip() for one in valuelist])

    def pre_validate(self, form: Any) -> None:
        """Refuse what is no number, and one below the least."""
        number = self.number
        if (self.data or "").strip() and number is None:
            raise StopValidation(gettext("Write a number, such as 12,5."))
        if number is not None and self.least is not None and number < self.least:
            raise StopValidation(gettext("Write a number from %(least)s.", least=exact(self.least)))


class CheckboxesField(SelectMultipleField):
    """Several boxes of which any number can be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class FilesField(Field):
    """Files that somebody adds; needs a door with `upload=True`, which takes them before the view runs.

    `data` is a list of `Incoming`. Under the field's name come both new files and the handles of files that
    were received before and are still wanted; under `NAME-alt` what is to be seen on the one new picture, and
    under `NAME-alt-HANDLE` the same of one that was received before. What could not be kept stands in `lost`.
    `asks_alt` is false where only staff sees the pictures, as with scans.
    """

    widget = FileInput(multiple=True)

    def __init__(self, label: str | None = None, *, most: int = files.MOST, asks_alt: bool = True, **more: Any) -> None:
        super().__init__(label, **more)
        self.most, self.asks_alt = most, asks_alt

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read what came; nothing is looked at or kept yet."""
        self.process_errors: list[str] = []
        self.errors: list[str] = []
        self.data: list[files.Incoming] = []
        self.received: list[tuple[uuid.UUID, files.Incoming]] = []
        self.mistakes: list[tuple[str, str]] = []  # of which control, and what is wrong
        given = formdata.getlist(self.name) if formdata is not None else []
        self.sent = [one for one in given if not isinstance(one, str) and one.filename]
        self.handles = [uuid.UUID(one) for one in given if isinstance(one, str) and _HANDLE.fullmatch(one)]
        self.lost = formdata.getlist(f"{self.name}-lost") if formdata is not None else []
        self.alts = {
            key: text.one_line(formdata[key])[:LONGEST_ALT]
            for key in (formdata if formdata is not None else ())
            if key.startswith(f"{self.name}-alt") and isinstance(formdata[key], str)
        }

    def take(self, store: files.Store) -> list[files.Incoming]:
        """Take the new files in, before any transaction; what is wrong with one becomes an error of the field."""
        taken = []
        for one in self.sent[: self.most]:
            try:
                taken.append(store.take(one.filename or "", one.stream))
            except BadFile as problem:
                self.process_errors.append(f"{files.shown_name(one.filename or '')}: {problem}")
        if len(self.sent) > self.most:
            self.process_errors.append(self._too_many())
        self.sent = []
        return taken

    def hold(self, waiting: Iterable[files.Upload], fresh: Iterable[files.Upload] = ()) -> None:
        """Know the files that were received before and the fresh ones, each with what is to be seen on it."""
        first = self.alts.get(f"{self.name}-alt", "")
        new = list(fresh)
        pictures = [one for one in new if one.as_incoming().is_image]
        for one in [*waiting, *new]:
            alt = self.alts.get(f"{self.name}-alt-{one.id}") or (first if pictures == [one] else "")
            self.received.append((one.id, one.as_incoming(alt)))
        self.data = [incoming for _id, incoming in self.received]
        if gone := len(set(self.handles) - {handle for handle, _incoming in self.received}):
            self.process_errors.append(
                ngettext(
                    "A file that we received before is not here any more. Choose it again.",
                    "%(num)s files that we received before are not here any more. Choose them again.",
                    gone,
                )
            )

    def drop(self) -> None:
        """Let go of new files, by name, so that somebody can be asked to choose them again."""
        self.lost = [*self.lost, *(files.shown_name(one.filename or "") for one in self.sent)]
        self.sent = []

    def pre_validate(self, form: Any) -> None:
        """Refuse too many files, and pictures of which nobody says what is to be seen."""
        if len(self.data) > self.most:
            self.errors.append(self._too_many())
        self.mistakes = [(self.id, str(sentence)) for sentence in self.errors]
        for handle, one in self.received:
            if one.is_image and not one.alt and self.asks_alt:
                self.errors.append(gettext("Say what is to be seen on %(name)s.", name=one.name))
                self.mistakes.append((f"{self.id}-alt-{handle}", self.errors[-1]))
        if self.errors:
            raise StopValidation

    def _too_many(self) -> str:
        return gettext("You can add %(most)s files at most.", most=self.most)


def filled(words: Callable[[], str]) -> Callable[[Any, Field], None]:
    """Return a validator that demands an answer and says so in `words()`, and nothing else besides."""

    def check(_form: Any, field: Field) -> None:
        if not field.data:
            field.errors = []
            raise StopValidation(words())

    check.field_flags = {"required": True}  # type: ignore[attr-defined]
    return check


def at_most(length: int) -> Callable[[Any, Field], None]:
    """Return a validator that refuses more than `length` characters and says how many are too many."""

    def check(_form: Any, field: Field) -> None:
        over = len(field.data or "") - length
        if over > 0:
            raise ValidationError(
                gettext("This is %(over)s characters too long. You can use %(length)s.", over=over, length=length)
            )

    return check


def first_use(owner_id: uuid.UUID, key: str) -> FormKey | None:
    """Claim a form key for its owner; None means that it was used before (or is being used right now)."""
    done = session().execute(
        insert_of(FormKey)
        .values(owner_id=owner_id, key=key[:40], location="", used_at=clock.now())
        .on_conflict_do_nothing(index_elements=["owner_id", "key"])
        .returning(FormKey)
    )
    return done.scalar_one_or_none()


def was_used(owner_id: uuid.UUID, key: str) -> bool:
    """Say whether a form key was carried out for its owner."""
    wanted = select(FormKey.id).where(FormKey.owner_id == owner_id, FormKey.key == key[:40])
    return session().scalar(wanted) is not None


def earlier_answer(owner_id: uuid.UUID, key: str) -> str:
    """Return where the first use of a form key led to."""
    wanted = select(FormKey.location).where(FormKey.owner_id == owner_id, FormKey.key == key[:40])
    return session().scalar(wanted) or ""


def keep(form: BaseForm, fields: dict[str, list[str]], *, is_own: bool = False) -> str:
    """Keep what was typed in the fields of a form and return its handle; `is_own`: only this session finds it again."""
    handle = (OWN if is_own else "") + secrets.token_urlsafe(24)
    known = {name for name in fields if name in form or name.partition("-")[0] in form}
    kept = {name: values for name, values in fields.items() if name in known - NEVER_KEPT}
    session().add(KeptText(handle=_kept_as(handle), fields=kept, kept_at=clock.now()))
    return handle


def let_go(handle: str | None) -> None:
    """Delete what was kept under a handle; without one nothing is done."""
    if handle:
        session().execute(delete(KeptText).where(KeptText.handle == _kept_as(handle)))


def _kept_as(handle: str) -> str:
    """Return under what a text is kept: an own one under a keyed hash, which another session cannot make."""
    if not handle.startswith(OWN):
        return handle
    told = sealing.get()
    return hmac.new(told.secret, f"kept|{told.owner}|{handle}".encode(), sha256).hexdigest()[:40]


def forget_old() -> int:
    """Delete kept text whose hour is over, and the keys of forms that were used yesterday or before."""
    at = clock.now()
    gone: Any = session().execute(delete(KeptText).where(KeptText.kept_at < at - KEPT_FOR))
    old: Any = session().execute(delete(FormKey).where(FormKey.used_at < at - TOKEN_LIFE))
    return int(gone.rowcount) + int(old.rowcount)


def find_kept(handle: str) -> dict[str, list[str]] | None:
    """Return what was kept under a handle, unless its hour is over."""
    row = session().get(KeptText, _kept_as(handle))
    return row.fields if row is not None and clock.now() - row.kept_at <= KEPT_FOR else None
