import { describe, expect, it, test } from 'vitest';
import { sampleServer } from '../core.samples.ts';
import { shownServer, shownSetting } from './shown.ts';

const shown: readonly [key: string, value: unknown, shown: unknown][] = [
  ['worker.maxSteps', 200, 200],
  ['models.default', 'opus', 'opus'],
  ['agents.claude.path', '/opt/claude', '/opt/claude'],
  ['delivery.checks', ['npm test'], ['npm test']],
  ['notify.bell', true, true],
  ['notify.webhook', null, null],
  ['notify.webhook', 'env:SLACK', 'env:SLACK'],
  ['notify.webhook', 'https://hooks.example.org/services/T0/B0/s3cret', 'https://hooks.example.org/<secret>'],
  ['notify.webhook', 'https://ada:s3cret@hooks.example.org:8443', 'https://hooks.example.org:8443/<secret>'],
  ['notify.webhook', 'https://hooks.example.org?key=s3cret', 'https://hooks.example.org/<secret>'],
  ['notify.webhook', 'https://hooks.example.org', 'https://hooks.example.org'],
  ['notify.webhook', 'https://hooks.example.org/', 'https://hooks.example.org'],
  ['notify.command', null, null],
  ['notify.command', 'notify-send', 'notify-send'],
  ['notify.command', ' ~/bin/tell ', '~/bin/tell'],
  ['notify.command', 'curl -H "Authorization: s3cret" x', 'curl <secret>'],
  ['notify.command', 'TOKEN=s3cret tell', '<secret>'],
  ['accounts.a.b.secret', 'env:KEY', 'env:KEY'],
  ['accounts.work.secret', 'file:~/key', 'file:~/key'],
  ['accounts.work.secret', 'command:op read --token s3cret', 'command:op <secret>'],
  ['accounts.work.provider', 'acme', 'acme'],
  ['agents.claude.args', [], []],
  ['agents.claude.args', ['--verbose', '-p', '--key=s3cret', '-k=s3cret', 's3cret', '-ps3cret', '--', '=x', 'a=b'],
    ['--verbose', '-p', '--key=<secret>', '-k=<secret>', '<secret>', '<secret>', '<secret>', '<secret>', '<secret>']],
  ['agents.claude.args', 'odd', 'odd'],
  ['agents.claude.env', {}, {}],
  ['agents.claude.env.MODE', 's3cret', '<secret>'],
  ['agents.claude.env.TOKEN', '${TOKEN}', '${TOKEN}'],
  ['agents.claude.env.TOKEN', 'x${TOKEN}', '<secret>'],
  ['agents.claude.env.DATABASE', 'postgres://ada:s3cret@db/x', 'postgres://db/<secret>'],
  ['agents.opencode.config.provider.acme.options.timeout', 5, 5],
  ['agents.opencode.config.provider.acme.options.apiKey', '{env:ACME}', '{env:ACME}'],
  ['agents.opencode.config.provider.acme.options.apiKey', 's3cret', '<secret>'],
  ['agents.opencode.config.instructions', ['a', { b: 'c', d: null }], ['<secret>', { b: '<secret>', d: null }]],
]; // prettier-ignore

test.each(shown)('%s: %j is shown as %j', (key, value, expected) => {
  expect(shownSetting(key, value)).toEqual(expected);
});

describe('a server', () => {
  it('is shown by its program, the options’ names and references', () => {
    const server = sampleServer({
      command: ['npx', '-y', '--token', 's3cret', '--token=${env:TOKEN}', '--header=Bearer ${env:TOKEN}', '${command:op read s3cret}'],
      env: { KEY: 's3cret', HOME_OF: '${file:~/key}', BROKEN: '${' },
      headers: { Authorization: 'Bearer ${env:TOKEN}' },
    });
    expect(shownServer(server)).toEqual({
      ...server,
      command: ['npx', '-y', '--token', '<secret>', '--token=${env:TOKEN}', '--header=<secret>${env:TOKEN}', '${command:op <secret>}'],
      env: { KEY: '<secret>', HOME_OF: '${file:~/key}', BROKEN: '<secret>' },
      headers: { Authorization: '<secret>${env:TOKEN}' },
    });
  });

  it.each([
    ['https://docs.example.org/mcp?key=s3cret', 'https://docs.example.org/<secret>'],
    ['https://docs.example.org/${env:KEY}', '<secret>${env:KEY}'],
    ['no address', '<secret>'],
    [null, null],
  ])('at %j is shown as at %j', (url, expected) => {
    expect(shownServer(sampleServer({ command: [], url }))).toMatchObject({ command: [], url: expected });
  });

  it('whose program is a line of its own is shown without it', () => {
    expect(shownServer(sampleServer({ command: ['run s3cret'] })).command).toEqual(['<secret>']);
  });
});
