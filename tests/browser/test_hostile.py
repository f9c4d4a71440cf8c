"""All hostile drafts at once in a real browser: no dialog, no request elsewhere, no word from the policy."""

from __future__ import annotations

from dataclasses import replace

from tests.browser.conftest import OpenTab, Server
from tests.web.hostile import drafts
from tests.web.kinds import open_kinds, open_sample, samples


def test_nothing_of_two_hundred_drafts_acts(server: Server, open_tab: OpenTab) -> None:
    kinds = open_kinds(server.desk)
    text = "\n".join(drafts())
    mail = samples()["email_html"]
    hostile = open_sample(
        server.desk,
        replace(mail, arguments={**mail.arguments, "subject": text[:900], "body": f"<p>{text}</p>"}),
    )
    tab = open_tab()
    for review in (hostile, kinds["email_html"]):
        page = tab.open(f"/reviews/{review.id}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.baseURI").startswith(server.url)
        frame = page.frame_locator("iframe")
        frame.locator("body").wait_for()
        assert frame.locator("script, img, a, form, iframe, [onerror], [style]").count() == 0
    assert "Your boots are on their way" in frame.locator("h1").inner_text()
    assert "3 remote images not loaded" in tab.text()
    tab.open("/reviews")
