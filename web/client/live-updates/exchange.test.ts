import { beforeEach, expect, test } from "vitest";
import { exchange, needsReload, showProgress } from "./exchange";

function page(body: string, head = ""): Document {
  return new DOMParser().parseFromString(
    `<html><head>${head}</head><body>${body}</body></html>`,
    "text/html",
  );
}

beforeEach(() => {
  document.body.innerHTML = "";
});

test("only the regions that live are exchanged", () => {
  document.body.innerHTML = `<p>stays</p><div data-live="film">before</div><input id="mine" value="typed">`;
  const isChanged = exchange(
    document,
    page(`<p>other</p><div data-live="film">after</div><input id="mine">`),
  );
  expect(isChanged).toBe(true);
  expect(document.querySelector("[data-live]")?.textContent).toBe("after");
  expect(document.querySelector("p")?.textContent).toBe("stays");
  expect(document.querySelector("input")?.value).toBe("typed");
});

test("an equal page changes nothing, so that nothing is announced", () => {
  document.body.innerHTML = `<div data-live="film"><b>same</b></div>`;
  const kept = document.querySelector("b");
  expect(exchange(document, page(`<div data-live="film"><b>same</b></div>`))).toBe(false);
  expect(document.querySelector("b")).toBe(kept);
});

test("the focus stays on the link that it was on", () => {
  document.body.innerHTML = `<div data-live="next"><a href="/a">A</a> <a href="/b">B</a></div>`;
  document.querySelector<HTMLElement>(`[href="/b"]`)?.focus();
  exchange(document, page(`<div data-live="next"><a href="/c">C</a> <a href="/b">B, now</a></div>`));
  expect(document.activeElement?.textContent).toBe("B, now");
});

test("a page that brings a new script is loaded anew", () => {
  const head = `<script type="module" src="/static/a.js"></script>`;
  expect(needsReload(page("", head), page("", head))).toBe(false);
  expect(needsReload(page(""), page("", head))).toBe(true);
  expect(needsReload(page("", head), page(""))).toBe(false);
});

test("progress of the step on screen moves its bar, another step asks for the page", () => {
  document.body.innerHTML = `<li data-take="t1" data-step="package"><progress max="1" value="0"></progress></li>`;
  expect(showProgress(document, { id: "t1", step: "package", progress: 0.5 })).toBe(true);
  expect(document.querySelector("progress")?.value).toBe(0.5);
  expect(showProgress(document, { id: "t1", step: "publish", progress: 0.1 })).toBe(false);
  expect(showProgress(document, { id: "t2", step: "package", progress: 0.1 })).toBe(false);
});

test("a newer build of a script that is loaded does not reload the page, nor break an upload off", () => {
  const present = page("", `<script type="module" src="/static/lesson-uploader-AAAAAAAA.js"></script>`);
  const newer = page("", `<script type="module" src="/static/lesson-uploader-BBBBBBBB.js"></script>`);
  const other = page("", `<script type="module" src="/static/lesson-player-BBBBBBBB.js"></script>`);
  expect(needsReload(present, newer)).toBe(false);
  expect(needsReload(present, other)).toBe(true);
});
