// Answers in the form of Anthropic's Messages API.
import { randomUUID } from 'node:crypto';
import type { Failure, Reply } from './answer.ts';
import type { Protocol } from './protocol.ts';
import type { Usage } from './steps.ts';

const stopReasons = { end: 'end_turn', call: 'tool_use', refusal: 'refusal', length: 'max_tokens' } as const;

export const anthropic: Protocol = {
  failure: ({ type, message }) => ({ type: 'error', error: { type, message }, request_id: newId('req') }),

  message: (reply, request) => ({
    ...envelope(request.model),
    content: [
      ...(reply.text === '' ? [] : [{ type: 'text', text: reply.text }]),
      ...(reply.call === null ? [] : [{ type: 'tool_use', id: newId('toolu'), ...reply.call }]),
    ],
    stop_reason: stopReasons[reply.stop],
    stop_sequence: null,
    usage: usageOf(reply.usage),
  }),

  stream(reply, request) {
    const start = {
      ...envelope(request.model),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usageOf(reply.usage), output_tokens: 1 },
    };
    const blocks = blockFrames(reply);
    const opening = [frame({ type: 'message_start', message: start }), ...blocks.slice(0, 2)];
    const rest = [
      ...blocks.slice(2),
      frame({ type: 'message_delta', delta: { stop_reason: stopReasons[reply.stop], stop_sequence: null }, usage: usageOf(reply.usage) }),
      frame({ type: 'message_stop' }),
    ];
    return { opening, rest };
  },

  streamError: ({ type, message }: Failure) => frame({ type: 'error', error: { type, message } }),
};

function blockFrames(reply: Reply): string[] {
  const frames: string[] = [];
  const block = (start: object, delta: object): void => {
    const index = frames.length / 3;
    frames.push(
      frame({ type: 'content_block_start', index, content_block: start }),
      frame({ type: 'content_block_delta', index, delta }),
      frame({ type: 'content_block_stop', index }),
    );
  };
  if (reply.text !== '') block({ type: 'text', text: '' }, { type: 'text_delta', text: reply.text });
  if (reply.call !== null) {
    block(
      { type: 'tool_use', id: newId('toolu'), name: reply.call.name, input: {} },
      { type: 'input_json_delta', partial_json: JSON.stringify(reply.call.input) },
    );
  }
  return frames;
}

function envelope(model: string): object {
  return { id: newId('msg'), type: 'message', role: 'assistant', model };
}

function usageOf(usage: Usage): Record<string, number> {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    output_tokens: usage.output,
  };
}

function frame(event: { readonly type: string; readonly [key: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}
