// The facts about OpenCode's lines that the tests of the scripted agent need.
import type { Heard, Json, Spoken } from '../../../test/agent/heard.ts';

export const opencodeSpoken: Spoken = {
  argv: ['run', '--format', 'json', '--model', 'anthropic/x', '--agent', 'build'],
  success: { type: 'step_finish', part: { reason: 'stop' } },
  heard,
};

function heard(events: readonly Json[]): Heard {
  const parts = (wanted: string): Json[] => events.filter(({ type }) => type === wanted).map(({ part }) => part);
  return {
    texts: parts('text').map((part) => part['text']),
    tools: parts('tool_use').map((part) => [part['tool'], part['state'].input, part['state'].status === 'error']),
    costs: parts('step_finish').map((part) => part['cost']),
  };
}
