// The secrets of accounts are read where they are kept, and no error message contains them.
import { execFileSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { SecretSource } from '../core/route/account.ts';
import type { Credential } from '../ports/command-request.ts';
import { credential, faultOf, home, opened, secret, useHome } from './vault.samples.ts';

useHome();

describe('a secret in a file', () => {
  const lay = async (content: string, mode = 0o600): Promise<SecretSource> => {
    const path = join(home, 'key');
    await writeFile(path, content);
    await chmod(path, mode);
    return { kind: 'file', path };
  };

  test.each([secret, `${secret}\n`, `\n  ${secret} \r\n`])('is the one word in it: %j', async (content) => {
    expect(await credential(await lay(content))).toEqual({ billing: 'token', variables: {}, secret });
    expect(await credential(await lay(content), { billing: 'subscription' })).toMatchObject({ billing: 'subscription' });
  });

  test('is found below the home', async () => {
    await lay(secret);
    expect(await credential({ kind: 'file', path: '~/key' })).toMatchObject({ secret });
  });

  test.each([0o400, 0o600, 0o700])('that its owner alone can read is read: %o', async (mode) => {
    expect(await credential(await lay(secret, mode))).toMatchObject({ secret });
  });

  test.each([0o640, 0o604, 0o644, 0o620, 0o601])('that others can reach is not: %o', async (mode) => {
    const source = await lay(secret, mode);
    expect(await faultOf(credential(source))).toMatchObject({
      code: 'secret-exposed',
      message: `other users can read ${join(home, 'key')}, which holds the secret of mine`,
      hint: `chmod 600 '${join(home, 'key')}'`,
    });
  });

  const bad: readonly [name: string, content: string, message: RegExp][] = [
    ['nothing', '', /the secret of mine is empty \(.*\/key\)/],
    ['blanks', ' \n\t\n', /is empty/],
    ['two words', `${secret} ${secret}`, /is more than one word/],
    ['two lines', `${secret}\n${secret}\n`, /is more than one word/],
    ['more than 16 KiB', secret.repeat(1000), /is not a small regular file/],
  ];
  test.each(bad)('of %s is none', async (_, content, message) => {
    const fault = await faultOf(credential(await lay(content)));
    expect(fault.code).toBe('secret-missing');
    expect(fault.message).toMatch(message);
    expect(fault.data).toEqual({ account: 'mine' });
    expect(fault.hint).not.toBe('');
  });

  test('of 16 KiB is read', async () => {
    const long = 'x'.repeat(16 * 1024);
    expect(await credential(await lay(long))).toMatchObject({ secret: long });
  });

  test('that is not there, a folder, or below a file is missing', async () => {
    await lay(secret);
    for (const [path, why] of [
      ['none', 'ENOENT'],
      ['key/below', 'ENOTDIR'],
      ['', 'not a small regular file'],
    ] as const) {
      const fault = await faultOf(credential({ kind: 'file', path: join(home, path) }));
      expect(fault.code).toBe('secret-missing');
      expect(fault.message).toContain(why);
    }
  });

  test('that is a named pipe is not waited for', async () => {
    execFileSync('mkfifo', ['-m', '600', join(home, 'pipe')]);
    expect(await faultOf(credential({ kind: 'file', path: join(home, 'pipe') }))).toMatchObject({
      code: 'secret-missing',
      message: expect.stringContaining('is not a small regular file') as string,
    });
  });
});

describe('a secret by a command', () => {
  const run = (command: string, env: Record<string, string> = {}): Promise<Credential> => credential({ kind: 'command', command }, { env });

  test('is the one word that it prints', async () => {
    expect(await run(`printf '%s\\n' ${secret}`)).toEqual({ billing: 'token', variables: {}, secret });
    expect(await run(`echo noise >&2; echo "  ${secret} "`)).toMatchObject({ secret });
  });

  test('with the words of a shell, the person’s home and session, and no other secret', async () => {
    const env = { SSH_AUTH_SOCK: '/agent', OPENAI_API_KEY: 'another', YARDMASTER_HOME: '/state' };
    expect(await run('echo "$HOME:$SSH_AUTH_SOCK:$OPENAI_API_KEY:$YARDMASTER_HOME"', env)).toMatchObject({ secret: `${home}:/agent::` });
  });

  test('is not asked at a terminal: there is nothing to read', async () => {
    expect(await run(`cat && echo ${secret}`)).toMatchObject({ secret });
  });

  const bad: readonly [name: string, command: string, code: string, message: string][] = [
    ['fails', `echo ${secret}; echo ${secret} >&2; exit 3`, 'secret-failed', 'the command for the secret of mine exited with 3'],
    ['is not there', 'no-such-program-of-ours', 'secret-failed', 'exited with 127'],
    ['prints nothing', 'true', 'secret-missing', 'the secret of mine is empty (its command)'],
    ['prints blanks', 'echo " "', 'secret-missing', 'is empty'],
    ['prints two words', `echo ${secret} ${secret}`, 'secret-missing', 'is more than one word'],
    [
      'prints more than 16 KiB',
      `i=0; while [ $i -lt 1000 ]; do printf ${secret}; i=$((i+1)); done`,
      'secret-failed',
      'the command for the secret of mine',
    ],
  ];
  test.each(bad)('one that %s is a fault', async (_, command, code, message) => {
    const fault = await faultOf(run(command));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(message);
    expect(fault.hint).not.toBe('');
  });

  test('one that is killed is told as such', async () => {
    expect((await faultOf(run('kill -9 $$'))).code).toBe('secret-failed');
  });
});

describe('a reference', () => {
  const value = (kind: 'env' | 'file' | 'command' | 'fill', of: string): Promise<string> =>
    opened({ env: { TOKEN: 'sesame', EMPTY: '' } }).value({ reference: { kind, of }, of: 'the MCP server docs' });

  test('stands for a variable, or what a command prints', async () => {
    expect(await value('env', 'TOKEN')).toBe('sesame');
    expect(await value('command', 'echo sesame')).toBe('sesame');
  });

  test.each([
    ['env', 'NOPE', /the variable NOPE, which the MCP server docs needs, is not set/],
    ['env', 'EMPTY', /is not set/],
    ['fill', 'your key', /your key/],
    ['file', '/nowhere', /the secret of the MCP server docs cannot be read/],
  ] as const)('%s:%s is missing', async (kind, of, message) => {
    await expect(value(kind, of)).rejects.toThrow(message);
  });
});

describe('a secret in variables', () => {
  it('has their names', async () => {
    const source = { kind: 'env', names: ['A_KEY', 'B_KEY'] } as const;
    expect(await credential(source, { env: { A_KEY: secret, B_KEY: 'b', C_KEY: 'c' }, billing: 'subscription' })).toEqual({
      billing: 'subscription',
      variables: { A_KEY: secret, B_KEY: 'b' },
      secret: null,
    });
  });

  it.each([{ A_KEY: secret }, { A_KEY: secret, B_KEY: '' }])('of which one is not set is missing: %j', async (env) => {
    expect(await faultOf(credential({ kind: 'env', names: ['A_KEY', 'B_KEY'] }, { env: { ...env } }))).toMatchObject({
      code: 'secret-missing',
      message: 'the secret of mine, the variable B_KEY, is not set',
      hint: 'export B_KEY',
      data: { account: 'mine' },
    });
  });

  const configured = (value: string, env: Record<string, string> = {}): Promise<Credential> =>
    credential(
      { kind: 'config', agent: 'opencode', names: ['OPENAI_API_KEY'] },
      { env, agents: { opencode: { env: { OPENAI_API_KEY: value } } } },
    );

  it.each([
    ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL'],
    ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'],
    ['OPENAI_API_KEY', 'OPENAI_BASE_URL'],
  ])('of the usual name %s has the address that stands beside it, where one does', async (name, address) => {
    const env = { [name]: secret, [address]: 'https://gateway.example', MY_KEY: secret };
    const to = { address: { [address]: 'https://gateway.example' } };
    const configured = (value: string, more = {}): Promise<Credential> =>
      credential({ kind: 'config', agent: 'claude', names: [name] }, { env, agents: { claude: { env: { [name]: value, ...more } } } });
    expect(await credential({ kind: 'env', names: [name] }, { env })).toMatchObject(to);
    expect(await configured(`\${${name}}`)).toMatchObject(to);
    // A secret that was not exported together with the address must not be sent there.
    for (const other of [
      await credential({ kind: 'env', names: [name] }, { env: { [name]: secret, [address]: '' } }),
      await credential({ kind: 'env', names: ['MY_KEY'] }, { env }),
      await configured(secret),
      await configured('${MY_KEY}'),
    ])
      expect(other).not.toHaveProperty('address');
  });

  it('of the configuration is what stands there, or what it refers to', async () => {
    expect(await configured(secret)).toEqual({ billing: 'token', variables: { OPENAI_API_KEY: secret }, secret: null });
    expect(await configured('${TEAM}', { TEAM: secret })).toMatchObject({ variables: { OPENAI_API_KEY: secret } });
    for (const missing of [configured('${TEAM}'), configured('${TEAM}', { TEAM: '' }), configured(''), configured('${constructor}')])
      expect((await faultOf(missing)).code).toBe('secret-missing');
    const gone = credential({ kind: 'config', agent: 'unheard-of', names: ['OPENAI_API_KEY'] });
    expect((await faultOf(gone)).code).toBe('secret-missing');
  });
});

it('what the agent finds by itself needs no secret of ours', async () => {
  expect(await credential({ kind: 'agent', agent: 'claude' }, { billing: 'subscription' })).toEqual({
    billing: 'subscription',
    variables: {},
    secret: null,
  });
});
