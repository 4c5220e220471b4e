/** What the uploader shows only later: loaded when there is nothing more urgent to load. */

export { ingestTemplate } from "./ingest-view";
export { planTemplate } from "./plan-view";
