// Answers in the form of OpenAI's chat completions. This form has no field for tokens written to a cache, so they count as
// prompt tokens.
import { randomUUID } from 'node:crypto';
import type { Failure, Reply } from './answer.ts';
import type { Protocol } from './protocol.ts';
import type { ModelRequest } from './request.ts';
import type { Usage } from './steps.ts';

const finishReasons = { end: 'stop', call: 'tool_calls', refusal: 'content_filter', length: 'length' } as const;

export const openai: Protocol = {
  failure: errorBody,

  message: (reply, request) => ({
    ...envelope(request, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: reply.text === '' ? null : reply.text,
          ...(reply.call === null ? {} : { tool_calls: [toolCall(reply.call)] }),
        },
        finish_reason: finishReasons[reply.stop],
      },
    ],
    usage: usageOf(reply.usage),
  }),

  stream(reply, request) {
    const chunkOf = envelope(request, 'chat.completion.chunk');
    const chunk = (delta: object, finish: string | null = null): string =>
      frame({ ...chunkOf, choices: [{ index: 0, delta, finish_reason: finish }] });
    const opening = [chunk({ role: 'assistant', content: '' }), ...(reply.text === '' ? [] : [chunk({ content: reply.text })])];
    const rest = [
      ...(reply.call === null ? [] : [chunk({ tool_calls: [{ index: 0, ...toolCall(reply.call) }] })]),
      chunk({}, finishReasons[reply.stop]),
      ...(request.includeUsage ? [frame({ ...chunkOf, choices: [], usage: usageOf(reply.usage) })] : []),
      'data: [DONE]\n\n',
    ];
    return { opening, rest };
  },

  streamError: (failure) => frame(errorBody(failure)),
};

function errorBody({ type, message }: Failure): object {
  return { error: { message, type, param: null, code: type } };
}

function toolCall(call: NonNullable<Reply['call']>): object {
  return {
    id: `call_${randomUUID().replaceAll('-', '')}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.input) },
  };
}

function envelope(request: ModelRequest, object: string): object {
  return { id: `chatcmpl-${randomUUID()}`, object, created: Math.floor(Date.now() / 1000), model: request.model };
}

function usageOf(usage: Usage): object {
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead },
  };
}

function frame(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
