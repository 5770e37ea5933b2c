import { describe, expect, test } from 'vitest';
import { toolCall } from './tool-call.ts';

describe('a tool call is told by its name and the argument that matters', () => {
  test.each([
    ['a command, not its description', { description: 'Runs the tests', command: 'npm test -- "a b"' }, 'Tool npm test -- "a b"'],
    ['a file', { file_path: '/w/a.ts', content: 'x' }, 'Tool /w/a.ts'],
    ['a file, as others name it', { content: 'x', filePath: '/w/a.ts' }, 'Tool /w/a.ts'],
    ['what is looked for, not where', { path: '/w', pattern: 'TODO' }, 'Tool TODO'],
    ['lines are folded', { command: 'one\n\ttwo' }, 'Tool one two'],
    ['not what stands inside another argument', { content: '{"command":"rm"}', url: 'http://x' }, 'Tool http://x'],
    ['an unknown one as it is', { what: 1 }, 'Tool {"what":1}'],
    ['none', {}, 'Tool'],
    ['one that was cut', '{"command":"echo one two thr…', 'Tool echo one two thr…'],
    ['one that was cut in an escape', String.raw`{"command":"echo \u00`, String.raw`Tool echo \u00`],
    ['no JSON', 'words', 'Tool words'],
  ])('%s', (_, input, expected) => {
    expect(toolCall({ name: 'Tool', input: typeof input === 'string' ? input : JSON.stringify(input) })).toBe(expected);
  });
});
