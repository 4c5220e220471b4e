import { html, nothing, type TemplateResult } from "lit";
import type { Criterion, Judgement, Level, MarkSheetWords, Rubric } from "../api/types";
import type { KeptComment } from "../outbox/store";
import { citedTemplate } from "./cite";
import { isBegun, type Lack, NOTHING } from "./missing";
import { count } from "./words";

const LACK_WORDS: Record<Lack, string> = {
  level: "choose a level",
  evidence: "cite at least one comment",
  rationale: "write a rationale",
  value: "fill this in",
};

export interface RubricState {
  rubric: Rubric;
  words: MarkSheetWords;
  missing: ReadonlyMap<string, Lack[]>;
  contradictions: readonly string[];
  comments: readonly KeptComment[]; // in order
  isLocked: boolean;
  citing: string; // the criterion whose list of comments is open
  reeling: string; // the criterion whose evidence is being played
}

export interface RubricActs {
  change: (words: MarkSheetWords) => void;
  cite: (criterion: string) => void;
  show: (commentId: string) => void;
  reel: (criterion: string) => void;
  leave: () => void;
}

/** One criterion: its evidence, its level, why. */
export function criterionTemplate(
  criterion: Criterion,
  state: RubricState,
  acts: RubricActs,
): TemplateResult {
  const { code } = criterion;
  const judgement = state.words.judgements[code] ?? NOTHING;
  const set = (change: Partial<Judgement>) => {
    const judgements = { ...state.words.judgements, [code]: { ...judgement, ...change } };
    acts.change({ ...state.words, judgements });
  };
  const tagged = state.comments.filter((comment) => comment.words.tags.includes(code));
  const hasDone = !state.missing.has(code);
  return html`
    <section class="criterion" id="criterion-${code}" aria-labelledby="name-${code}" tabindex="-1">
      <div class="criterion__head">
        <h3 class="criterion__label" id="name-${code}">${/\d/.test(code) ? html`<span class="criterion__code">${code}</span>` : nothing} ${criterion.label}
          ${hasDone ? html`<span class="criterion__done"><span aria-hidden="true">✓</span><span class="govuk-visually-hidden">, complete</span></span>` : nothing}</h3>
        ${reelTemplate(criterion, tagged, state, acts)}
      </div>
      ${levelsTemplate(criterion, judgement, state, set)}
      <label class="criterion__reason-label" for="reason-${code}">Rationale</label>
      <textarea class="govuk-textarea criterion__reason" id="reason-${code}" rows="2" maxlength="20000" ?readonly=${state.isLocked}
        aria-describedby="lack-${code}" .value=${judgement.rationale}
        @input=${(event: Event) => set({ rationale: (event.target as HTMLTextAreaElement).value })}
        @keydown=${(event: KeyboardEvent) => reasonKeyed(event, code, state.isLocked, acts)}></textarea>
      ${citedTemplate(criterion, judgement, tagged, state, acts, set)}
      ${lackTemplate(criterion, judgement, state)}
      ${
        state.rubric.overall?.criterion === code
          ? state.contradictions.map((text) => html`<p class="criterion__contradiction">${text}</p>`)
          : nothing
      }
    </section>`;
}

function reelTemplate(
  criterion: Criterion,
  tagged: readonly KeptComment[],
  state: RubricState,
  acts: RubricActs,
): TemplateResult | typeof nothing {
  if (tagged.length === 0) return nothing;
  const isOn = state.reeling === criterion.code;
  return html`<button type="button" class="reel-button" aria-pressed=${isOn ? "true" : "false"} @click=${() => acts.reel(criterion.code)}>
    <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true" focusable="false"><path d=${isOn ? "M1 1h10v10H1z" : "M2 0l9 6-9 6z"} fill="currentColor"></path></svg>
    <span class="govuk-visually-hidden">Play the evidence on ${criterion.label}: </span>${count(tagged.length, "comment")}</button>`;
}

function levelsTemplate(
  criterion: Criterion,
  judgement: Judgement,
  state: RubricState,
  set: (change: Partial<Judgement>) => void,
): TemplateResult {
  const { code } = criterion;
  const levels = state.rubric.scale?.levels ?? [];
  const chosen = levels.find((level) => level.code === judgement.level);
  return html`
    <div class="criterion__levels" role="radiogroup" aria-label="Level for ${criterion.label}" aria-describedby="descriptor-${code} lack-${code}">
      ${levels.map(
        (
          level,
        ) => html`<label class="pick ${toneOf(level)}"><input type="radio" class="pick__box" name="level-${code}" value=${level.code}
          .checked=${judgement.level === level.code} ?disabled=${state.isLocked} @change=${() => set({ level: level.code })}>
          <span class="pick__text">${level.label}</span></label>`,
      )}
      ${chosen && !state.isLocked ? html`<button type="button" class="link-button criterion__clear" @click=${() => set({ level: null })}>Clear<span class="govuk-visually-hidden"> the level for ${criterion.label}</span></button>` : nothing}
    </div>
    <p class="criterion__descriptor" id="descriptor-${code}" aria-live="polite">${chosen ? criterion.descriptors[chosen.code] || chosen.descriptor : ""}</p>`;
}

function toneOf({ rank, passes }: Level): string {
  return rank === null ? "pick--outside" : passes === false ? "pick--below" : "";
}

/** Quiet until something was begun: nobody is told off for what they have not come to yet. */
function lackTemplate(criterion: Criterion, judgement: Judgement, state: RubricState): TemplateResult {
  const lacks = state.isLocked || !isBegun(judgement) ? [] : (state.missing.get(criterion.code) ?? []);
  const text = lacks.length > 0 ? `Still to do: ${lacks.map((each) => LACK_WORDS[each]).join(" and ")}.` : "";
  return html`<p class="criterion__lack" id="lack-${criterion.code}">${text}</p>`;
}

function reasonKeyed(event: KeyboardEvent, code: string, isLocked: boolean, acts: RubricActs): void {
  if (event.key === "Escape" && !event.isComposing) {
    event.preventDefault();
    acts.leave();
  } else if (event.key === "#" && !isLocked && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    acts.cite(code);
  }
}
