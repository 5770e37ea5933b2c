import { describe, expect, it, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { sampleServer } from '../core/core.samples.ts';
import { parseMcpFile } from './mcp-file.ts';

const parse = (text: string) => parseMcpFile({ file: '/x/mcp.yaml', text });

test('what is not said has its default', () => {
  expect(parse('servers:\n  docs:\n    command: npx\n    args: [-y, docs]\n')).toEqual({
    docs: sampleServer({ command: ['npx', '-y', 'docs'] }),
  });
  expect(parse('')).toEqual({});
  expect(parse('servers: {}')).toEqual({});
});

test('a server that runs elsewhere', () => {
  const text =
    'servers:\n  Far:\n    url: https://x.example/mcp\n    headers: {Authorization: "Bearer ${env:TOKEN}"}\n    agents: [claude]\n    required: true\n';
  expect(parse(text)).toMatchObject({
    Far: {
      transport: 'http',
      command: [],
      url: 'https://x.example/mcp',
      headers: { Authorization: 'Bearer ${env:TOKEN}' },
      agents: ['claude'],
    },
  });
  expect(parse('servers: {a: {transport: sse, url: http://x, agents: []}}')).toMatchObject({ a: { transport: 'sse', agents: null } });
  expect(parse('servers: {a: {command: [node, x.js], workers: false, people: false}}')).toMatchObject({
    a: { command: ['node', 'x.js'], workers: false, people: false },
  });
});

describe('what cannot be one is refused with its line', () => {
  it.each([
    ['servers:\n  a: {}\n', /^\/x\/mcp\.yaml:2: servers\.a: expected a command, or the url/],
    ['servers:\n  a:\n    url: http://x\n    command: y\n', /:4: servers\.a: a server with a url has no command/],
    ['servers:\n  a:\n    command: y\n    headers: {A: b}\n', /servers\.a: a server with a command has no url or headers/],
    ['servers:\n  a:\n    transport: http\n', /:3: servers\.a\.url: expected the address/],
    ['servers:\n  a:\n    command: y\n    env: {K: "${HOME}"}\n', /:4: servers\.a\.env\.K: a reference is \$\{env:NAME\}/],
    ['servers:\n  a b: {command: y}\n', /:2: .*expected a name of letters/],
    ['servers:\n  none: {command: y}\n', /:2: .*not "none"/],
    ['servers:\n  a: {command: y, comand: z}\n', /:2: there is no key servers\.a\.comand/],
    ['servers:\n  a: {command: y, agents: [cursor]}\n', /:2: servers\.a\.agents\.0: /],
    ['server: {}\n', /:1: there is no key server/],
    ['servers: [', /mcp\.yaml:1: /],
  ])('%j', (text, message) => {
    expect(() => parse(text)).toThrow(Fault);
    expect(() => parse(text)).toThrow(message);
  });
});
