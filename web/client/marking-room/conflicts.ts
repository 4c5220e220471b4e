import { html, nothing, type TemplateResult } from "lit";
import type { Comment, CommentWords, Rubric } from "../api/types";
import { wordsOfComment } from "../outbox/kept";
import { type Choice, type Clash, joinTexts } from "../outbox/merge";
import { KIND_WORDS, whenText } from "./words";

/** Two texts of one comment, and the choice between them. */
export function commentConflictTemplate(
  mine: CommentWords,
  theirs: Comment,
  settle: (words?: CommentWords) => void,
): TemplateResult {
  const there = wordsOfComment(theirs);
  const tags = [...new Set([...mine.tags, ...there.tags])];
  const both = { ...mine, text: joinTexts(mine.text, there.text), tags };
  return html`<div class="conflict" role="group" aria-label="Changed on another device">
    <p><strong>You changed this comment on another device too.</strong> Both texts are kept until you choose.</p>
    <dl class="conflict__pair">
      <div><dt>Here</dt><dd>${sayComment(mine)}</dd></div>
      <div><dt>There</dt><dd>${sayComment(there)}</dd></div>
    </dl>
    <div class="conflict__acts">
      <button type="button" class="link-button" @click=${() => settle(mine)}>Keep what is here</button>
      <button type="button" class="link-button" @click=${() => settle()}>Take what is there</button>
      <button type="button" class="link-button" @click=${() => settle(both)}>Keep both texts</button>
    </div>
  </div>`;
}

/** What was changed on the mark sheet on two devices, one thing at a time. */
export function sheetConflictTemplate(
  clashes: readonly Clash[],
  rubric: Rubric,
  settle: (clash: Clash, choice: Choice) => void,
): TemplateResult | typeof nothing {
  if (clashes.length === 0) return nothing;
  return html`<section class="conflict" id="conflict" tabindex="-1" aria-label="Changed on another device">
    <p><strong>You changed this mark sheet on another device too.</strong> Everything else was brought together; here both are kept until you choose.</p>
    ${clashes.map((clash) => clashTemplate(clash, rubric, settle))}</section>`;
}

function clashTemplate(
  clash: Clash,
  rubric: Rubric,
  settle: (clash: Clash, choice: Choice) => void,
): TemplateResult {
  const name = nameOf(clash, rubric);
  const choice = (which: Choice, text: string) =>
    html`<button type="button" class="link-button" @click=${() => settle(clash, which)}>${text}<span class="govuk-visually-hidden">: ${name}</span></button>`;
  return html`<div class="conflict__clash" role="group" aria-label=${name}>
    <h3 class="conflict__name">${name}</h3>
    <dl class="conflict__pair">
      <div><dt>Here</dt><dd>${sayValue(clash, clash.mine, rubric)}</dd></div>
      <div><dt>There</dt><dd>${sayValue(clash, clash.theirs, rubric)}</dd></div>
    </dl>
    <div class="conflict__acts">
      ${choice("mine", "Keep what is here")}
      ${choice("theirs", "Take what is there")}
      ${clash.part === "level" || isChoice(clash, rubric) ? nothing : choice("both", "Keep both texts")}
    </div></div>`;
}

function nameOf({ where, part }: Clash, rubric: Rubric): string {
  const label = [...rubric.criteria, ...rubric.fields].find((each) => each.code === where)?.label ?? where;
  return part === "value" ? label : `${label}: ${part}`;
}

function isChoice({ where }: Clash, rubric: Rubric): boolean {
  return rubric.fields.some((field) => field.code === where && field.kind === "choice");
}

function sayValue({ part }: Clash, value: string | string[], rubric: Rubric): string {
  if (part === "level") {
    return rubric.scale?.levels.find((level) => level.code === value)?.label ?? "No level";
  }
  return [value].flat().join("\n") || "Nothing";
}

function sayComment(words: CommentWords): string {
  const tags = words.tags.length > 0 ? ` (${words.tags.join(", ")})` : "";
  return `${whenText(words)} ${KIND_WORDS[words.kind]}${tags}\n${words.text}`;
}
