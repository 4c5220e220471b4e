/** One thing chosen from a few, among the player's controls. */

import { html, nothing, type TemplateResult } from "lit";

export interface Option {
  value: string;
  text: string;
  language?: string; // of the text, where it is another than the page's
}

/** Draws the choice; `kind` names its width, where it is not the common one. */
export function choiceTemplate(
  name: string,
  options: readonly Option[],
  chosen: string,
  onChoice: (value: string) => void,
  kind = "",
): TemplateResult {
  return html`<label class="player__choice ${kind}"><span class="govuk-visually-hidden">${name}</span>
    <select @change=${(event: Event) => onChoice((event.target as HTMLSelectElement).value)}>
      ${options.map(({ value, text, language }) => html`<option value=${value} lang=${language ?? nothing} .selected=${value === chosen}>${text}</option>`)}
    </select></label>`;
}
