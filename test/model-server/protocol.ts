// The functions that the server needs from a protocol: they format the same reply as one document or as a stream. They are
// pure, apart from fresh ids.
import type { Failure, Reply } from './answer.ts';
import type { ModelRequest } from './request.ts';

export interface Protocol {
  /**
   * The content type of a binary stream, whose strings then contain one character for each byte; absent: server-sent
   * events.
   */
  readonly streamType?: string;
  failure(failure: Failure): object;
  message(reply: Reply, request: ModelRequest): object;
  /** Events in order. `opening` ends inside the reply: a client that gets nothing more knows that it is incomplete. */
  stream(reply: Reply, request: ModelRequest): { readonly opening: readonly string[]; readonly rest: readonly string[] };
  streamError(failure: Failure): string;
}
