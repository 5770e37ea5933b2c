// What the server needs from a protocol: the same reply as one document or as a stream. Pure, apart from fresh ids.
import type { Failure, Reply } from './answer.ts';
import type { ModelRequest } from './request.ts';

export interface Protocol {
  /** Of a stream that is bytes, which then stand one to a character; absent: server-sent events. */
  readonly streamType?: string;
  failure(failure: Failure): object;
  message(reply: Reply, request: ModelRequest): object;
  /** Events in order. `opening` ends inside the reply: a client that sees nothing more knows that it is incomplete. */
  stream(reply: Reply, request: ModelRequest): { readonly opening: readonly string[]; readonly rest: readonly string[] };
  streamError(failure: Failure): string;
}
