/** The API's own shapes, as /api/openapi.json describes them. */

export type TakeState = "receiving" | "processing" | "ready" | "failed" | "deleted";

export interface Take {
  id: string;
  position_ms: number;
  duration_ms: number | null;
  camera: string | null;
  filename: string;
  state: TakeState;
  step: string;
  progress: number;
  problem: string | null;
  is_growing: boolean;
  hls: string | null;
  qualities: string[];
  poster: string | null;
  storyboard: string | null;
  peaks: string | null;
  width: number | null;
  height: number | null;
  has_audio: boolean;
  frame_ms: number | null;
}

export interface Caption {
  take: string;
  language: string;
  label: string;
  src: string;
}

export interface Lesson {
  id: string;
  title: string;
  duration_ms: number | null;
  takes: Take[];
  captions: Caption[];
}

export type CommentKind = "strength" | "target" | "question" | "note";
export type Visibility = "private" | "feedback";

export interface CommentWords {
  at_ms: number;
  until_ms: number | null;
  kind: CommentKind;
  text: string;
  tags: string[];
  visibility: Visibility;
}

export interface Comment extends CommentWords {
  id: string;
  author: { id: string; name: string };
  mine: boolean;
  version: number;
  created_at: string;
  updated_at: string;
  deleted: boolean;
}

export interface Level {
  code: string;
  label: string;
  descriptor: string;
  rank: number | null;
  passes: boolean | null;
  requires_evidence: boolean;
  requires_rationale: boolean;
}

export interface Criterion {
  code: string;
  label: string;
  standards: string[];
  descriptors: Record<string, string>;
  requires_evidence: boolean;
  requires_rationale: boolean;
}

export interface Field {
  code: string;
  label: string;
  hint: string;
  kind: "text" | "list" | "choice";
  choices: string[];
  required: boolean;
}

export interface Rubric {
  code: string;
  title: string;
  version: number;
  purpose: "summative" | "formative";
  scale: { code: string; label: string; levels: Level[] } | null;
  criteria: Criterion[];
  fields: Field[];
  overall: { criterion: string } | null;
}

export interface Judgement {
  level: string | null;
  rationale: string;
  cited: string[];
}

export interface MarkSheetWords {
  judgements: Record<string, Judgement>;
  fields: Record<string, string | string[]>;
}

export interface MarkSheet extends MarkSheetWords {
  id: string;
  observation: string;
  part: "first" | "second";
  rubric: Rubric;
  state: "draft" | "submitted";
  version: number;
  draft_version: number;
  missing: { where: string; what: "level" | "evidence" | "rationale" | "value" }[];
  contradictions: string[];
  submitted_at: string | null;
  reference: string | null;
}

/** What went wrong (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  theirs?: unknown;
  errors?: { field: string; message: string }[];
}
