"""The ways in which something is refused, each with a sentence fit to show to a person."""

from collections.abc import Iterable

from consult.foundation.language import gettext as _


class Refused(Exception):
    """A request that is not carried out; `sentence` says why in the person's language."""

    status = 400

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(Refused):
    """It is absent, or invisible to this actor; the two look the same."""

    status = 404


class NotAllowed(Refused):
    """This actor may not do this, whatever the moment."""

    status = 403


class NotNow(Refused):
    """The actor may do this, but not at this moment; the sentence names the dates."""

    status = 403


class Conflict(Refused):
    """Somebody else was first; `theirs` and `yours` hold both texts where there are two."""

    status = 409

    def __init__(self, sentence: str = "", theirs: str = "", yours: str = "") -> None:
        super().__init__(sentence)
        self.theirs = theirs
        self.yours = yours


def saved_meanwhile(theirs: Iterable[str], yours: Iterable[str]) -> Conflict:
    """Return the refusal of a save when somebody saved since the writer read it: with the parts of both texts."""
    sentence = _("Somebody saved this while you were writing. Put both texts together and save again.")
    saved, typed = ("\n\n".join(part for part in parts if part) for parts in (theirs, yours))
    return Conflict(sentence, theirs=saved, yours=typed)


class TooLarge(Refused):
    """More was sent than is taken here; nothing of it was read."""

    status = 413


class TooMany(Refused):
    """Too many tries in a short time; `retry_after` is in seconds."""

    status = 429

    def __init__(self, sentence: str = "", retry_after: int = 60) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(Refused):
    """The server cannot do this now; `retry_after` is in seconds."""

    status = 503

    def __init__(self, sentence: str = "", retry_after: int = 5) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
