import { request } from "../api/request";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import type { Server } from "../outbox/exchange";

/** The API of one observation. */
export class ObservationServer implements Server {
  private readonly base: string;

  constructor(observation: string) {
    this.base = `/api/observations/${observation}`;
  }

  async comments(): Promise<Comment[]> {
    return (await request<{ comments: Comment[] }>("GET", `${this.base}/comments`)).comments;
  }

  putComment(id: string, words: CommentWords, seenVersion: number): Promise<Comment> {
    return request("PUT", `${this.base}/comments/${id}`, { ...words, version: seenVersion });
  }

  deleteComment(id: string, seenVersion: number): Promise<Comment> {
    const seen = seenVersion > 0 ? `?version=${seenVersion}` : "";
    return request("DELETE", `${this.base}/comments/${id}${seen}`);
  }

  sheet(): Promise<MarkSheet> {
    return request("GET", `${this.base}/mark-sheet`);
  }

  putSheet(words: MarkSheetWords, seenVersion: number): Promise<MarkSheet> {
    return request("PUT", `${this.base}/mark-sheet`, { ...words, draft_version: seenVersion });
  }
}
