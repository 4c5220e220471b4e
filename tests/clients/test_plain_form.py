"""A film sent by a browser that runs no script."""

from playwright.async_api import expect

from tests.clients.conftest import PASSWORD, Service, hash_of
from tests.support.browser import chromium, open_page, sign_in
from tests.support.footage import FOOTAGE


async def test_a_film_is_sent_without_script(service: Service) -> None:
    film = FOOTAGE / "clip.mp4"
    async with chromium() as browser:
        page, _ = await open_page(browser, java_script_enabled=False)
        await sign_in(page, service.server.url, service.email, PASSWORD)
        address = f"{service.server.url}/observations/{service.observation_id}/upload"
        await page.goto(address)
        await page.fill("#plain-camera", "Tafel – Ada")
        await page.set_input_files("#plain-film", film)
        await page.click("form[enctype] button")
        await expect(page.locator("main")).to_contain_text("The film has arrived")
        await expect(page.locator(".takes")).to_contain_text("clip.mp4")
    assert await service.stored_hash() == hash_of(film)
    assert (await service.take()).camera == "Tafel – Ada"


async def test_a_form_without_a_film_says_so(service: Service) -> None:
    async with chromium() as browser:
        page, _ = await open_page(browser, java_script_enabled=False)
        await sign_in(page, service.server.url, service.email, PASSWORD)
        await page.goto(f"{service.server.url}/observations/{service.observation_id}/upload")
        same = {"Sec-Fetch-Site": "same-origin"}
        answer = await page.request.post(page.url, multipart={"camera": "Board"}, headers=same)
        assert answer.status == 422
        assert "Choose the film of the lesson." in await answer.text()
