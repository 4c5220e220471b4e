/** What a message about a take says; see web/socket.py. */
export interface Progress {
  id: string;
  step: string;
  progress: number;
}

/** The scripts that a page loads, by their plain names: a newer build of the same script can wait. */
function scripts(page: Document): Set<string> {
  const sources = [...page.querySelectorAll("script[src]")].map((each) => each.getAttribute("src") ?? "");
  return new Set(sources.map((source) => source.replace(/-[A-Z0-9]{8}\.js$/, ".js")));
}

/** Whether the fresh page needs scripts that the present one never loaded. */
export function needsReload(present: Document, fresh: Document): boolean {
  const loaded = scripts(present);
  return [...scripts(fresh)].some((script) => !loaded.has(script));
}

/**
 * Put the fresh page's `data-live` regions in the place of the present one's; says whether any was different.
 * A region that holds the focus keeps it, where the fresh one has an element of the same address or id.
 */
export function exchange(present: Document, fresh: Document): boolean {
  let isChanged = false;
  for (const region of present.querySelectorAll("[data-live]")) {
    const name = region.getAttribute("data-live") ?? "";
    const successor = fresh.querySelector(`[data-live="${CSS.escape(name)}"]`);
    if (!successor || successor.innerHTML === region.innerHTML) continue;
    const focused = region.contains(present.activeElement) ? present.activeElement : null;
    region.replaceChildren(...[...successor.childNodes].map((node) => present.importNode(node, true)));
    if (focused) restoreFocus(region, focused);
    isChanged = true;
  }
  return isChanged;
}

function restoreFocus(region: Element, lost: Element): void {
  const href = lost.getAttribute("href");
  const selector = lost.id ? `#${CSS.escape(lost.id)}` : href ? `[href="${CSS.escape(href)}"]` : "";
  if (selector) region.querySelector<HTMLElement>(selector)?.focus();
}

/** Show how far a take has come; false when the page does not show this step of it yet. */
export function showProgress(page: Document, { id, step, progress }: Progress): boolean {
  const take = page.querySelector<HTMLElement>(`[data-take="${CSS.escape(id)}"]`);
  const bar = take?.querySelector("progress");
  if (!bar || take?.dataset.step !== step) return false;
  bar.value = progress;
  return true;
}
