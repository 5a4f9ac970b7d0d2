from pathlib import Path
from typing import Any

import pytest

from consult.accounts.verbs import sign_in
from consult.foundation import clock
from consult.foundation.text import one_line
from consult.policy import Duty, system
from tests.builders import a_member_of_staff, a_resident, a_round, an_authority, appoint
from tests.foundation.papers import PDF, photo, picture
from tests.journeys import seen
from tests.journeys.people import served
from tests.shows import shows
from tests.site import COOKIE, Site

LARGE = 30_000_000  # bytes; more than the server even reads


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


class Walk:
    """Somebody who is signed in, in a browser of their own."""

    def __init__(self, site: Site, browser: Any, address: str, person: Any, scripts: bool) -> None:
        with site.writing():
            token = sign_in(person.account_id, system(clock.now()), with_factor=True)
        self.context = browser.new_context(base_url=address, java_script_enabled=scripts, locale="nl-NL")
        self.context.set_default_timeout(30_000)
        self.context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        self.eye, self.page, self.scripts = seen.Eye(self.context, address), self.context.new_page(), scripts

    def looks(self) -> None:
        """Examine the page as it stands."""
        if self.scripts:
            assert seen.look(self.page) + seen.look(self.page, "dark") == []
        assert self.eye.take() == []

    def main(self) -> str:
        return one_line(self.page.inner_text("main"))

    def presses(self, words: str) -> None:
        self.page.click(f"main button:has-text('{words}')")
        self.page.wait_for_load_state()


@shows("R51", "R54", "R58")
@pytest.mark.parametrize("scripts", [True, False])
def test_files_travel_with_a_proposal_from_the_form_to_the_page(
    site: Site, browser: Any, tmp_path: Path, scripts: bool
):
    with site.writing():
        an_authority()
        found, author, moderator = a_round(), a_resident("Fatima"), a_member_of_staff()
        appoint(found, moderator, Duty.MODERATOR)
    for name, content in (
        ("plan van de vijver.pdf", PDF),
        ("vijver.jpg", photo(6)),
        ("tekening.png", picture("PNG", (640, 400))),
        ("foto.pdf", picture()),
        ("film.pdf", b"%PDF" + b"x" * LARGE),
    ):
        (tmp_path / name).write_bytes(content)
    with served(site) as address:
        walk = Walk(site, browser, address, author, scripts)
        page = walk.page
        page.goto(f"/rounds/{found.slug}/proposals/new")
        walk.looks()
        page.click("summary:has-text('Bestanden toevoegen')")
        walk.looks()
        page.fill("[name=title]", "Bankjes bij de vijver")
        page.fill("[name=text]", "Zet drie bankjes bij de vijver.")
        chosen = ["plan van de vijver.pdf", "vijver.jpg", "tekening.png", "foto.pdf"]
        page.set_input_files("[name=files]", [tmp_path / name for name in chosen])
        walk.presses("Stuur uw voorstel in")
        assert "foto.pdf: De naam eindigt op .pdf" in walk.main()
        assert page.input_value("[name=title]") == "Bankjes bij de vijver"
        walk.looks()
        page.get_by_label("Wat is er te zien op vijver.jpg?").fill("De vijver van noord gezien")
        page.get_by_label("Wat is er te zien op tekening.png?").fill("Waar de bankjes komen")
        page.get_by_label("Ontvangen: plan van de vijver.pdf").uncheck()
        walk.presses("Stuur uw voorstel in")
        page.click("main a:has-text('Naar het voorstel')")
        page.wait_for_load_state()
        assert page.eval_on_selector_all("main img", "all => all.map(one => one.alt)") == [
            "De vijver van noord gezien",
            "Waar de bankjes komen",
        ]
        page.eval_on_selector_all("main img", "all => all.forEach(one => one.loading = 'eager')")
        page.wait_for_function("() => [...document.images].every(one => one.complete)")
        assert page.eval_on_selector_all("main img", "all => all.map(one => one.naturalWidth)") == [16, 640]
        walk.looks()
        page.click("main a:has-text('Bestanden toevoegen of weghalen')")
        page.wait_for_load_state()
        walk.looks()
        page.set_input_files("[name=files]", [tmp_path / "film.pdf"])
        walk.presses("Toevoegen")
        assert "Dit is te groot" in walk.main()
        assert "10 MB" in walk.main()
        walk.looks()
        page.go_back()
        page.set_input_files("[name=files]", [tmp_path / "plan van de vijver.pdf"])
        walk.presses("Toevoegen")
        with page.expect_download() as coming:
            page.click("main a:has-text('plan van de vijver.pdf')")
        assert Path(coming.value.path()).read_bytes() == PDF
        assert coming.value.suggested_filename == "plan van de vijver.pdf"
        other = Walk(site, browser, address, moderator, scripts)
        other.page.goto(page.url)
        other.page.click("main a:has-text('Wijzig tekening.png')")
        other.page.wait_for_load_state()
        other.looks()
        other.page.fill("[name=why]", "Er staat een naam op.")
        other.presses("Van de pagina halen")
        page.reload()
        assert "Een moderator haalde dit van de pagina: Er staat een naam op." in walk.main()
        walk.looks()
        walk.context.close()
        other.context.close()
