"""Forms: the shape of what a person can send, a dated token, and keys and text that the server keeps."""

import hmac
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import Field, FieldList, Form, FormField, HiddenField, ValidationError
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.i18n import get_translations
from wtforms.meta import DefaultMeta

from consult.foundation import clock, text
from consult.foundation.db import Base, id_column, insert_of, session
from consult.foundation.language import gettext, locale

TOKEN_LIFE = timedelta(hours=26)
KEPT_FOR = timedelta(hours=1)
NEVER_KEPT = frozenset({"csrf_token", "form_key", "password", "password_again"})


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
    """Slow work before the transaction found a mistake; the form carries the error and is shown again."""

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

    def mistakes(self) -> list[tuple[str, str, str]]:
        """Return every error as (id of the field, its label, the sentence), in the order of the page."""
        return list(_mistakes(self))

    def typed(self) -> dict[str, str]:
        """Return what was typed in fields that show text, by label, so that it can be given back."""
        return {
            str(field.label.text): str(field.data)
            for field in self
            if isinstance(field.data, str) and len(field.data) > 1 and is_text(field)
        }


def is_text(field: Field) -> bool:
    """Say whether a person typed what a field holds."""
    return field.name not in NEVER_KEPT and not isinstance(field, HiddenField)


def _mistakes(fields: Iterable[Field]) -> Iterator[tuple[str, str, str]]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _mistakes(field.form)
        elif isinstance(field, FieldList):
            yield from _mistakes(field.entries)
            first = next(iter(field.entries[0].form)).id if field.entries else field.id
            yield from ((first, str(field.label.text), e) for e in field.errors if isinstance(e, str))
        elif field.errors:
            place = f"{field.id}-0" if field.type in {"RadioField", "CheckboxesField"} else field.id
            yield place, str(field.label.text), " ".join(map(str, field.errors))


class CreatingForm(BaseForm):
    """A form that creates something: its key makes a double click one creation."""

    form_key = HiddenField(default=lambda: secrets.token_urlsafe(16))


class OneLine:
    """WTForms filter: clean a name, title or label."""

    def __call__(self, value: str | None) -> str:
        return text.one_line(value or "")


class Body:
    """WTForms filter: clean a text of several lines."""

    def __call__(self, value: str | None) -> str:
        return text.body(value or "")


def filled(words: Callable[[], str]) -> Callable[[Any, Field], None]:
    """Return a validator that demands an answer and says so in `words()`."""

    def check(_form: Any, field: Field) -> None:
        if not field.data:
            raise ValidationError(words())

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


def earlier_answer(owner_id: uuid.UUID, key: str) -> str:
    """Return where the first use of a form key led to."""
    wanted = select(FormKey.location).where(FormKey.owner_id == owner_id, FormKey.key == key[:40])
    return session().scalar(wanted) or ""


def keep(form: BaseForm, fields: dict[str, list[str]]) -> str:
    """Keep what was typed in the fields of a form and return its handle."""
    handle = secrets.token_urlsafe(24)
    kept = {name: values for name, values in fields.items() if name in form and name not in NEVER_KEPT}
    session().add(KeptText(handle=handle, fields=kept, kept_at=clock.now()))
    return handle


def forget_old() -> int:
    """Delete kept text whose hour is over, and the keys of forms that were used yesterday or before."""
    at = clock.now()
    gone: Any = session().execute(delete(KeptText).where(KeptText.kept_at < at - KEPT_FOR))
    old: Any = session().execute(delete(FormKey).where(FormKey.used_at < at - TOKEN_LIFE))
    return int(gone.rowcount) + int(old.rowcount)


def find_kept(handle: str) -> dict[str, list[str]] | None:
    """Return what was kept under a handle, unless its hour is over."""
    row = session().get(KeptText, handle)
    return row.fields if row is not None and clock.now() - row.kept_at <= KEPT_FOR else None
