import { html, type TemplateResult } from "lit";
import { HELP } from "./keys";

const LETTERS_KEY = "observe-letter-keys";

export function areLettersOn(): boolean {
  try {
    return localStorage.getItem(LETTERS_KEY) !== "off";
  } catch {
    return true; // storage may be forbidden
  }
}

export function setLetters(isOn: boolean): void {
  try {
    localStorage.setItem(LETTERS_KEY, isOn ? "on" : "off");
  } catch {
    // It then lasts as long as the page.
  }
}

/** What the keys do, and the switch that silences them (WCAG 2.1.4). */
export function helpTemplate(isOn: boolean, set: (isOn: boolean) => void): TemplateResult {
  return html`<dialog class="help" aria-labelledby="help-title">
    <h2 class="govuk-heading-m" id="help-title">Keys</h2>
    <div class="help__parts">${HELP.map(
      ([title, keys]) => html`<section><h3 class="help__title">${title}</h3>
      <dl class="help__keys">${keys.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl></section>`,
    )}</div>
    <form method="dialog" class="help__foot">
      <label class="tick"><input type="checkbox" .checked=${isOn} @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}>
        Keys of a single letter or sign are on</label>
      <button class="govuk-button">Close</button>
    </form>
  </dialog>`;
}
