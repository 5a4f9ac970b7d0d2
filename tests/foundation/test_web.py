import pytest

from consult.foundation.web import hosts, local_path
from tests.shows import shows

FOREIGN = [
    "//elders.example",
    "https://elders.example",
    "/\\elders.example",
    "\\\\elders.example",
    "/\telders",
    "/%0d\n/x",
    "javascript:alert(1)",
    "",
    None,
    "elders",
    "/ x",
]


@shows("R35")
@pytest.mark.parametrize("target", FOREIGN)
def test_a_foreign_target_is_not_followed(target):
    assert local_path(target, "/") == "/"


@shows("R35")
@pytest.mark.parametrize("target", ["/", "/rounds/x?kept=y#z", "/en/me", "/a//b"])
def test_a_path_of_our_own_is_followed(target):
    assert local_path(target, "/elsewhere") == target


@shows("R34")
def test_only_our_own_hosts_are_answered():
    assert hosts("meedenken.example", False) == {"meedenken.example"}
    assert "localhost:8000" in hosts("127.0.0.1:8000", True)


@shows("R34")
@pytest.mark.parametrize("host", ["elders.example", "localhost.elders.example", ""])
def test_a_foreign_host_is_refused(site, host):
    assert site.browser().get("/", headers={"Host": host}).status_code == 400


@shows("R32")
@pytest.mark.parametrize("path", ["/", "/login", "/nergens", "/me", "/static/consult.css"])
def test_every_answer_carries_the_headers(site, path):
    headers = site.browser().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"


@shows("R30")
def test_the_content_policy_lets_nothing_inline_or_foreign_in(site):
    policy = site.browser().get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    for name in ("base-uri", "form-action", "frame-ancestors", "object-src"):
        assert name in policy


@shows("R37")
@pytest.mark.parametrize("path", ["/rounds/%00", "/?q=%00", "/rounds/%ff", "/login?next=%00"])
def test_what_is_no_text_gets_a_plain_refusal(site, path):
    assert 400 <= site.browser().get(path).status_code < 500


def test_english_has_its_own_address_and_keeps_it(site):
    page = site.browser().get("/en/login")
    assert 'lang="en"' in page.text
    assert 'href="/en/register"' in page.text
    assert 'lang="nl"' in site.browser().get("/login").text
