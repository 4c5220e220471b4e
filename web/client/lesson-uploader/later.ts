/** What the uploader needs only later: loaded when there is nothing more urgent to load. */

export { begunTemplate } from "./begun-view";
export { copyOf, forgetCopyOf, forgetOldCopies } from "./copies";
export { Following } from "./following";
export { ingestTemplate } from "./ingest-view";
export { planTemplate } from "./plan-view";
export { filmTemplate, sendingTemplate } from "./sending-view";
export { Shrinking } from "./shrinking";
