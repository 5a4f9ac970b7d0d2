"""Pure decisions about organisations: numbers, addresses on the web, short names, and who must stay."""

import hmac
import re
import unicodedata
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from consult.foundation.errors import Refused
from consult.foundation.language import gettext as _
from consult.participants.models import Membership, OrganisationState
from consult.policy import Act, MemberDuty

INVITED_FOR = timedelta(days=14)
INVITED_A_DAY = 20  # by one organisation, for each is a mail to somebody who did not ask for it
ASKED_AT_ONCE = 3  # organisations of one person that wait to be checked
RESERVED = frozenset({"new", "join"})
OF_POSITIONS = (Act.SUBMIT_POSITION, Act.WITHDRAW_POSITION, Act.CO_SIGN, Act.WITHDRAW_SIGNATURE)
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def digits_of(number: str) -> str:
    """Return a number without the spaces and dots with which people write it."""
    return re.sub(r"[\s.]", "", number)


def is_kvk(number: str) -> bool:
    """Say whether this can be a number of the trade register: eight digits, not all zero."""
    return _is_number(number, 8)


def is_branch(number: str) -> bool:
    """Say whether this can be the number of one branch in the trade register: twelve digits, not all zero."""
    return _is_number(number, 12)


def is_rsin(number: str) -> bool:
    """Say whether this can be the number of a legal person: nine digits that pass the eleven test.

    The sum of the digits times 9, 8, 7, 6, 5, 4, 3, 2 and -1 is a multiple of 11. A person's number passes it too.
    """
    return _is_number(number, 9) and sum(w * int(d) for w, d in zip(WEIGHTS, number, strict=True)) % 11 == 0


def _is_number(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdecimal() and set(number) != {"0"}


def domain_of(address: str) -> str:
    """Return the bare name of a site, however its address was typed: "https://www.wilg.nl/wij" becomes "wilg.nl"."""
    bare = re.sub(r"^[a-z]+://", "", address.strip().lower()).split("/")[0].split("?")[0]
    return bare.removeprefix("www.").rstrip(".")


def is_domain(name: str) -> bool:
    """Say whether this can be the name of a site: parts with a dot between them, the last one not a number."""
    try:
        parts = name.encode("idna").decode().split(".")
    except UnicodeError:
        return False
    fine = len(name) <= 120 and len(parts) > 1 and all(LABEL.fullmatch(part) for part in parts)
    return fine and len(parts[-1]) > 1 and not parts[-1].isdecimal()


def short_name(name: str, taken: Collection[str]) -> str:
    """Return a name for an address that nobody has: "Groen aan Zet" becomes "groen-aan-zet", or "groen-aan-zet-2"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "organisatie"
    held = {*taken, *RESERVED}
    return next(one for one in (base, *(f"{base}-{n}" for n in range(2, len(held) + 3))) if one not in held)


def is_last_representative(membership: Membership, all_of_them: Sequence[Membership]) -> bool:
    """Say whether nobody would represent the organisation without this member."""
    others = [one for one in all_of_them if one.id != membership.id and one.duty is MemberDuty.REPRESENTATIVE]
    return membership.duty is MemberDuty.REPRESENTATIVE and not others


def words_of(act: Act, facts: Mapping[str, Any], who: str | None, whom: str | None) -> str:
    """Say in a sentence what was done to an organisation, as its representatives read it."""
    told = {"who": who or _("somebody"), "whom": whom or _("somebody")}
    if "duty" in facts:
        told["duty"] = MemberDuty(facts["duty"]).words
    sentences = {
        Act.ASK_ORGANISATION: _("%(who)s asked to take part.", **told),
        Act.EDIT_ORGANISATION: _("%(who)s changed what the organisation says of itself.", **told),
        Act.DECIDE_ORGANISATION: _("The municipality checked the organisation."),
        Act.INVITE_MEMBER: _("%(who)s invited somebody.", **told),
        Act.JOIN_ORGANISATION: _("%(who)s joined.", **told),
        Act.CHANGE_MEMBER: _("%(who)s took %(whom)s off the list.", **told),
        Act.LEAVE_ORGANISATION: _("%(who)s left.", **told),
        Act.WRITE_POSITION: _("%(who)s wrote at a position.", **told),
        Act.SUBMIT_POSITION: _("%(who)s sent in a position.", **told),
        Act.WITHDRAW_POSITION: _("%(who)s took a position back.", **told),
        Act.CO_SIGN: _("%(who)s signed with another organisation.", **told),
        Act.WITHDRAW_SIGNATURE: _("%(who)s took a signature back.", **told),
    }
    if act is Act.DECIDE_ORGANISATION and facts.get("state") == OrganisationState.REFUSED:
        return _("The municipality did not accept the organisation.")
    if act is Act.INVITE_MEMBER and facts.get("withdrawn"):
        return _("%(who)s took an invitation back.", **told)
    if act is Act.CHANGE_MEMBER and "duty" in facts:
        return _("%(who)s made %(whom)s %(duty)s.", **told)
    return sentences.get(act, "")


def read_page(word: str) -> int:
    """Read the number of a page from an address.

    Refused for what is no such number.
    """
    if word and not (word.isascii() and word.isdecimal() and len(word) < 7 and int(word)):
        raise Refused(_("This address asks for a page that there is not."))
    return int(word or 1)


def read_state(word: str) -> OrganisationState:
    """Read from an address which organisations to list: those that wait, unless it says otherwise.

    Refused for a word that is no state.
    """
    try:
        return OrganisationState(word or OrganisationState.ASKED)
    except ValueError:
        raise Refused(_("This address asks for a list that there is not.")) from None


def invitation_token(invitation_id: uuid.UUID, secret: str) -> str:
    """Return the secret of an invitation's link: its id and an HMAC over it, so that it need not be kept."""
    told = hmac.new(secret.encode(), f"member|{invitation_id}".encode(), sha256).digest()
    return f"{invitation_id}.{urlsafe_b64encode(told).decode().rstrip('=')}"


def token_hash(token: str) -> bytes:
    """Return the form in which the secret of an invitation is stored."""
    return sha256(token.encode()).digest()
