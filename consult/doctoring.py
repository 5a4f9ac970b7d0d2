"""What `consult doctor` looks at: settings and states with which a real installation may not run."""

from collections.abc import Iterator

from consult import config, migrating
from consult.accounts.queries import count_demo_accounts
from consult.foundation.db import Database
from consult.rounds.models import Verification
from consult.rounds.queries import list_asking


def findings(settings: config.Settings, database: Database) -> Iterator[str]:
    """Yield a sentence for everything that must be mended before the installation may be reached by others."""
    if not migrating.is_current(database):
        yield "The database is not at the newest revision. Run: consult upgrade"
        return
    with database.reading():
        demo = count_demo_accounts()
        asking = list_asking(Verification.EID)
    if asking and settings.oidc is None:
        yield f"These rounds ask a national sign-in, but CONSULT_OIDC_ISSUER is not set: {', '.join(asking)}."
    if not settings.is_loopback:
        if demo:
            yield f"There are {demo} demo accounts with printed passwords. They may only be reached from this machine."
        if not settings.is_https:
            yield "CONSULT_BASE_URL is not https, so cookies would travel in the open."
        if not settings.smtp_url:
            yield "CONSULT_SMTP_URL and CONSULT_MAIL_FROM are not set, so nobody would get a link or a receipt."
