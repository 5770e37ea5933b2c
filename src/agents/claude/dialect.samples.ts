// The facts about Claude Code's lines that the tests of the scripted agent need.
import type { Heard, Json, Spoken } from '../../../test/agent/heard.ts';

export const claudeSpoken: Spoken = {
  argv: ['-p', '--output-format', 'stream-json', '--verbose', '--model', 'sonnet'],
  success: { type: 'result', subtype: 'success', is_error: false, terminal_reason: 'completed' },
  heard,
};

function heard(events: readonly Json[]): Heard {
  const contentOf = (type: string): Json[] =>
    events.filter((event) => event['type'] === type).flatMap(({ message }) => message.content as Json[]);
  const content = contentOf('assistant');
  const failed = new Map(contentOf('user').map((part) => [part['tool_use_id'], part['is_error']] as const));
  return {
    texts: content.filter(({ type }) => type === 'text').map((part) => String(part['text'])),
    tools: content.filter(({ type }) => type === 'tool_use').map((part) => [part['name'], part['input'], failed.get(part['id'])]),
    costs: events.filter(({ type }) => type === 'result').map((result) => Number(result['total_cost_usd'])),
  };
}
