import { describe, expect, it, test } from 'vitest';
import { chooseServers, missingServers, partsOf, referencesOf, textsOf, unfilled, wantedServers, type McpServer } from './mcp.ts';
import { sampleServer } from '../core.samples.ts';

const server = (name: string, more: Partial<McpServer> = {}): McpServer => sampleServer({ name, ...more });

test.each([
  ['plain', ['plain']],
  ['', []],
  ['Bearer ${env:TOKEN}', ['Bearer ', { kind: 'env', of: 'TOKEN' }]],
  ['${file:~/a b}${command:pass show x}!', [{ kind: 'file', of: '~/a b' }, { kind: 'command', of: 'pass show x' }, '!']],
  ['${fill:your key}', [{ kind: 'fill', of: 'your key' }]],
  ['$${env:X} costs $5', ['${env:X} costs $5']],
  ['${env:A-B}', null],
  ['${HOME}', null],
  ['${env:}', null],
  ['a ${env:X', null],
])('%s is read as %j', (value, parts) => {
  expect(partsOf(value)).toEqual(parts);
});

test('references are found in all values', () => {
  const one = server('a', {
    command: ['${env:A}'],
    url: 'https://x/${env:B}',
    env: { K: '${env:C}', L: '${fill:a key}', M: '${fill:a key}', BROKEN: '${' },
    headers: { H: '${file:D}' },
  });
  expect(referencesOf(one).map(({ of }) => of)).toEqual(['A', 'B', 'C', 'a key', 'a key', 'D']);
  expect(textsOf(one)).toEqual(['https://x/']);
  expect(unfilled(one)).toEqual(['a key']);
  expect(unfilled(server('b'))).toEqual([]);
});

test.each([
  [['a', 'a'], ['b'], ['c'], ['a']],
  [null, ['b'], ['c'], ['b']],
  [null, null, ['c'], ['c']],
  [['none'], ['b'], ['c'], []],
  [[], ['b'], ['c'], []],
] as const)('task %j, batch %j, configuration %j: %j', (task, batch, configured, wanted) => {
  expect(wantedServers({ task, batch, configured })).toEqual(wanted);
});

describe('the servers of a worker', () => {
  const known = { docs: server('docs'), own: server('own', { agents: ['claude'] }), desk: server('desk', { workers: false }) };

  it('are exactly those that are named', () => {
    expect(chooseServers({ wanted: ['own', 'docs'], known, agent: 'claude', untrusted: [] })).toEqual([known.own, known.docs]);
    expect(chooseServers({ wanted: ['own'], known, agent: null, untrusted: [] })).toEqual([known.own]);
    expect(chooseServers({ wanted: [], known, agent: 'claude', untrusted: [] })).toEqual([]);
  });

  it.each([
    ['nope', 'there is no MCP server "nope"; these are described: docs, own, desk'],
    ['constructor', 'there is no MCP server "constructor"; these are described: docs, own, desk'],
    ['desk', 'the MCP server desk is not for workers (workers: false)'],
    ['own', 'the MCP server own is not for opencode (agents: claude)'],
  ])('%s: %s', (name, problem) => {
    expect(chooseServers({ wanted: ['docs', name], known, agent: 'opencode', untrusted: [] })).toEqual({ problem });
  });

  it('are refused by another name where it is trust that they lack', () => {
    expect(chooseServers({ wanted: ['x'], known: {}, agent: null, untrusted: ['delivery.checks', 'servers.x'] })).toEqual({
      problem: 'the MCP server "x" of the repository has no effect: you have not trusted it yet (to see it and decide: yardmaster trust)',
    });
    expect(chooseServers({ wanted: ['y'], known, agent: null, untrusted: ['servers.x'] })).toEqual({
      problem: 'there is no MCP server "y"; these are described: docs, own, desk',
    });
  });

  it('are refused where nothing is known, or something is left to a person', () => {
    expect(chooseServers({ wanted: ['x'], known: {}, agent: null, untrusted: [] })).toEqual({
      problem: 'there is no MCP server "x"; no mcp.yaml describes any',
    });
    expect(
      chooseServers({ wanted: ['x'], known: { x: server('x', { env: { K: '${fill:your key}' } }) }, agent: null, untrusted: [] }),
    ).toEqual({
      problem: 'the MCP server x still has values to fill in: your key',
    });
  });
});

test('missing are those that are needed and did not start', () => {
  const servers = [
    { name: 'a', status: 'connected' },
    { name: 'b', status: 'failed' },
    { name: 'c', status: 'pending' },
  ];
  expect(missingServers({ required: ['a', 'b', 'd'], servers })).toEqual(['b']);
  expect(missingServers({ required: [], servers })).toEqual([]);
});
