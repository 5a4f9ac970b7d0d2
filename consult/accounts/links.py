"""The secret in a mailed link: derived from the link's id when it is needed, so that only its hash is ever stored."""

import hmac
import uuid
from base64 import urlsafe_b64encode
from hashlib import sha256

from consult.accounts.models import Purpose


def token_of(link_id: uuid.UUID, purpose: Purpose, secret: str) -> str:
    """Return the token of a link, which stands in its address `/login/<token>`: its id and 256 bits of HMAC.

    The HMAC is over the purpose too, so that a token is never good for anything else.
    """
    told = hmac.new(secret.encode(), f"link|{purpose.value}|{link_id}".encode(), sha256).digest()
    return f"{link_id}.{urlsafe_b64encode(told).decode().rstrip('=')}"


def hash_of(token: str) -> bytes:
    """Return the form in which a token is stored."""
    return sha256(token.encode()).digest()


def id_in(token: str) -> uuid.UUID | None:
    """Return the id of the link that a token names, or None when it names none."""
    try:
        return uuid.UUID(token.partition(".")[0])
    except ValueError:
        return None
