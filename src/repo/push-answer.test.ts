// Answers of git that a loopback remote cannot be made to give (ssh, https), in git's words; the others are in the
// contract.
import { describe, expect, test } from 'vitest';
import { readPushAnswer } from './push-answer.ts';

const ref = 'refs/heads/yard/t1';
const failed = { ok: false, code: 1, stdout: '', stderr: '', timedOut: false, aborted: false, obstacle: null };
const answer = (stderr: string, stdout = '') =>
  readPushAnswer({ ref, addresses: ['git@host:x.git'], answer: { ...failed, stdout, stderr } });
const status = (line: string) => `To host:x.git\n!\tabc:refs/heads/yard/t1\t${line}\nDone`;

test.each([
  [
    "remote: Permission to a/b.git denied to c.\nfatal: unable to access 'https://host/a/b.git/': The requested URL returned error: 403",
    'refused',
  ],
  ["fatal: Authentication failed for 'https://host/a/b.git/'", 'refused'],
  ["fatal: could not read Username for 'https://host': terminal prompts disabled", 'refused'],
  ['git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'refused'],
  ['ssh: Could not resolve hostname host: Name or service not known\nfatal: Could not read from remote repository.', 'unreachable'],
  [
    'No ED25519 host key is known for host and you have requested strict checking.\nHost key verification failed.\nfatal: Could not read from remote repository.',
    'refused',
  ],
  ['Bad owner or permissions on /home/me/.ssh/config\nfatal: Could not read from remote repository.', 'refused'],
  [
    'Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa\nfatal: Could not read from remote repository.',
    'refused',
  ],
  ["fatal: unable to access 'https://host/a/b.git/': SSL certificate problem: certificate has expired", 'refused'],
  ['error: cannot run ssh: No such file or directory\nfatal: unable to fork', 'refused'],
  ['ssh: connect to host host port 22: Connection refused\nfatal: Could not read from remote repository.', 'unreachable'],
  ["fatal: unable to access 'https://host/a/b.git/': Could not resolve host: host", 'unreachable'],
  ["remote: Repository not found.\nfatal: repository 'https://host/a/b.git/' not found", 'refused'],
  ["fatal: '/srv/b.git' does not appear to be a git repository\nfatal: Could not read from remote repository.", 'unreachable'],
  ['fatal: unable to connect to host:\nhost[0: 10.0.0.1]: errno=Connection refused', 'unreachable'],
  ['fatal: the remote end hung up unexpectedly', 'unreachable'],
  ["error: failed to push some refs to 'host:x.git'", 'refused'],
])('%s', (stderr, came) => {
  expect(answer(stderr)).toMatchObject({ came });
});

test.each([
  ['[rejected] (fetch first)', 'outdated'],
  ['[rejected] (non-fast-forward)', 'outdated'],
  ['[remote rejected] (cannot lock ref refs/heads/x: is at 0a1b but expected 2c3d)', 'outdated'],
  ['[remote rejected] (protected branch hook declined)', 'refused'],
])('%s', (line, came) => {
  expect(answer('', status(line))).toMatchObject({ came });
});

test.each([
  ["cannot lock ref 'refs/heads/yard/t1': reference already exists", 'outdated'],
  ["cannot lock ref 'refs/heads/yard/t1': is at 0a1b but expected 2c3d", 'outdated'],
  ["cannot lock ref 'refs/heads/yard/t1': Unable to create '/x/refs/heads/yard/t1.lock': File exists.", 'outdated'],
  ["cannot lock ref 'refs/heads/yard/t1': 'refs/heads/yard' exists; cannot create 'refs/heads/yard/t1'", 'refused'],
  ['unable to write file: No space left on device', 'refused'],
])('two pushes that meet at the server: %s', (words, came) => {
  expect(answer(`remote: error: ${words}\n`, status('[remote rejected] (failed to update ref)'))).toMatchObject({ came });
});

test('the remote’s words come first, credentials never', () => {
  const stderr =
    "remote: error: GH006: Protected branch update failed.\nremote: \nTo https://me:token@host/x\nerror: failed to push some refs to 'https://me:token@host/x'\n";
  expect(answer(stderr, status('[remote rejected] (protected branch hook declined)'))).toEqual({
    came: 'refused',
    message: 'error: GH006: Protected branch update failed.; [remote rejected] (protected branch hook declined)',
  });
  expect(JSON.stringify(answer("fatal: unable to access 'https://me:token@host/x': Connection refused"))).not.toContain('token');
});

test('what ssh says is told, and what a person does about it', () => {
  expect(answer('ssh: connect to host host port 22: Connection refused\nfatal: Could not read from remote repository.')).toMatchObject({
    message: 'ssh: connect to host host port 22: Connection refused: Could not read from remote repository.',
  });
  const warning = `${'@'.repeat(60)}\n`.repeat(8);
  expect(answer(`${warning}Host key verification failed.\r\nfatal: Could not read from remote repository.`)).toMatchObject({
    message: expect.stringMatching(/^Host key verification failed\.; .* \(connect to it once by hand/),
  });
});

test('a push that ran out of time', () => {
  expect(readPushAnswer({ ref, addresses: [], answer: { ...failed, code: null, timedOut: true } })).toMatchObject({ came: 'unreachable' });
});

test.each([
  ['*\tabc:refs/heads/yard/t1\t[new branch]', 'pushed'],
  [' \tabc:refs/heads/yard/t1\t1a..2b', 'pushed'],
  ['=\tabc:refs/heads/yard/t1\t[up to date]\nTo host:y.git\n*\tabc:refs/heads/yard/t1\t[new branch]', 'pushed'],
  ['+\tabc:refs/heads/yard/t1\t1a...2b (forced update)', 'refused'],
  ['-\t:refs/heads/yard/t1\t[deleted]', 'refused'],
  ['*\tabc:refs/heads/yard/t12\t[new branch]', 'refused'],
  ['', 'refused'],
])('a push that git ended well: %s', (line, came) => {
  const stdout = `To host:x.git\n${line}\nDone`;
  expect(
    readPushAnswer({ ref, addresses: ['git@host:x.git', 'host:y.git'], answer: { ...failed, ok: true, code: 0, stdout } }),
  ).toMatchObject({ came });
});

test.each([
  ['git@host:x.git', 'host:x.git', 'pushed'],
  ['https://me:secret@host/x.git', 'https://host/x.git', 'pushed'],
  ['ssh://me@host/x@y.git', 'ssh://host/x@y.git', 'pushed'],
  ['/srv/a@b.git', '/srv/a@b.git', 'pushed'],
  ['../x.git', '../x.git', 'pushed'],
  ['https://host/x.git', '/home/me/evil.git', 'refused'],
  ['https://host/x.git', 'https://host/y.git', 'refused'],
])('for %s git says that it pushed to %s: %s', (address, to, came) => {
  const stdout = `To ${to}\n*\tabc:${ref}\t[new branch]\nDone`;
  expect(readPushAnswer({ ref, addresses: [address], answer: { ...failed, ok: true, code: 0, stdout } })).toMatchObject({ came });
});

describe('an answer to a push of several branches', () => {
  const pushed = `*\tabc:${ref}\t[new branch]`;
  const other = '!\tdef:refs/heads/yard/t2\t[remote rejected] (hook declined)';
  const said = (lines: readonly string[], addresses: readonly string[]) =>
    readPushAnswer({ ref, addresses, answer: { ...failed, stdout: lines.join('\n'), stderr: 'error: failed to push some refs' } }).came;

  test('another one was refused', () => {
    expect(said(['To host:x.git', other, pushed], ['git@host:x.git'])).toBe('pushed');
  });

  test('it has to have arrived at each place', () => {
    const addresses = ['git@host:x.git', 'git@there:x.git'];
    expect(said(['To host:x.git', pushed, 'To there:x.git', other, pushed], addresses)).toBe('pushed');
    expect(said(['To host:x.git', pushed, other], addresses)).toBe('refused');
    expect(said(['To host:x.git', pushed, 'To there:x.git', pushed.replace('*', '!')], addresses)).toBe('refused');
    expect(said(['To host:x.git', pushed, 'To elsewhere:x.git', other, pushed], addresses)).toBe('refused');
  });
});
