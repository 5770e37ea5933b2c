// The words as the programs write them: OpenSSH 9.2, git 2.39, git-lfs 3.3, dash, bash, zsh, env, Node 24, asdf, mise, Volta, nodenv.
import { expect, test } from 'vitest';
import { causeOf, tellingLine } from './cause.ts';

const gaveUp =
  'fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n';

test.each([
  ['ssh: connect to host h port 22: Connection refused', 'network', gaveUp],
  ['ssh: Could not resolve hostname h: Name or service not known', 'network', gaveUp],
  ['kex_exchange_identification: Connection closed by remote host', 'network', gaveUp],
  ['Connection closed by 10.0.0.1 port 22', 'network', gaveUp],
  ['127.0.0.1[0: 127.0.0.1]: errno=Connection refused', 'network', ''],
  ["fatal: unable to access 'https://h/x.git/': Failed to connect to h port 443 after 2 ms: Couldn't connect to server", 'network', ''],
  ["fatal: unable to access 'https://h/x.git/': The requested URL returned error: 502", 'network', ''],
  ['Host key verification failed.', 'sign-in', gaveUp],
  ['git@h: Permission denied (publickey,password).', 'sign-in', gaveUp],
  [
    'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures',
    'sign-in',
    `Disconnected from 10.0.0.1 port 22\n${gaveUp}`,
  ],
  ['Bad owner or permissions on /home/me/.ssh/config', 'sign-in', gaveUp],
  [
    "Permissions 0644 for '/home/me/.ssh/id' are too open.",
    'sign-in',
    `Load key "/home/me/.ssh/id": bad permissions\ngit@h: Permission denied (publickey).\n${gaveUp}`,
  ],
  ['ERROR: Repository not found.', 'sign-in', gaveUp],
  ["fatal: repository 'https://h/a/b.git/' not found", 'sign-in', ''],
  [
    "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.",
    'sign-in',
    `remote: =====\nremote:\n${gaveUp}`,
  ],
  [
    'batch response: Authentication required: Authorization error: https://h/x.git/info/lfs/objects/batch',
    'sign-in',
    "Check that you have proper access to the repository\nerror: failed to push some refs to 'https://h/x.git'\n",
  ],
  ['/home/me/.ssh/config: line 1: Bad configuration option: nope', 'sign-in', gaveUp],
  ['Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa', 'sign-in', gaveUp],
  ["fatal: Authentication failed for 'https://h/x.git/'", 'sign-in', ''],
  ["fatal: could not read Username for 'https://h': terminal prompts disabled", 'sign-in', ''],
  ['remote: Permission to a/b.git denied to c.', 'sign-in', "fatal: unable to access 'https://h/a/b.git/': x\n"],
  ["fatal: unable to access 'https://h/x.git/': SSL certificate problem: certificate has expired", 'sign-in', ''],
  [
    "fatal: detected dubious ownership in repository at '/srv/x'",
    'program',
    'To add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /srv/x\n',
  ],
  ["git: 'lfs' is not a git command. See 'git --help'.", 'program', ''],
  ["fatal: unable to find remote helper for 'hg'", 'program', ''],
  ['error: cannot run ssh: No such file or directory', 'program', 'fatal: unable to fork\n'],
  [
    'git-lfs filter-process: 1: git-lfs: not found',
    'shell',
    "error: packet write with format failed\nerror: initialization for subprocess 'git-lfs filter-process' failed\nfatal: a.bin: smudge filter lfs failed\n",
  ],
  ['git-lfs filter-process: line 1: git-lfs: command not found', 'shell', 'fatal: a.bin: smudge filter lfs failed\n'],
  ['zsh:1: command not found: agent', 'shell', ''],
  ['env: ‘node’: No such file or directory', 'shell', ''],
  [
    'No version is set for command agent',
    'shim',
    'Consider adding one of the following versions in your config file at /x/.tool-versions\nnodejs 24.1.0\n',
  ],
  ['mise ERROR No version is set for shim: agent', 'shim', 'mise ERROR Run with --verbose or MISE_VERBOSE=1 for more information\n'],
  ['Volta error: Could not find executable "agent"', 'shim', '\nUse `volta install` to add a package to your toolchain\n'],
  ["nodenv: version `24' is not installed (set by /x/.node-version)", 'shim', ''],
])('%s', (line, by, after) => {
  const said = `noise\n${line}\r\n${after}`;
  const cause = causeOf(said);
  expect(cause).toMatchObject({ line, by });
  expect(tellingLine(said)).toBe(line);
  expect(cause?.cure === null).toBe(by === 'network');
});

test.each([
  ['/opt/agent: 3: Syntax error: ")" unexpected', 'shell', ''],
  ['/opt/agent: /opt/node: bad interpreter: No such file or directory', 'shell', ''],
  ["SyntaxError: Unexpected token ';'", 'program', '    at wrapSafe (node:internal/modules/cjs/loader:1464:18)\n\nNode.js v24.21.0\n'],
  ["error: unknown option '--nope'", 'program', '(Did you mean --note?)\n'],
  [
    'Error downloading object: a.bin (0a1b2c3): Smudge error: Error downloading a.bin: [404] Object does not exist on the server',
    'program',
    "error: external filter 'git-lfs filter-process' failed\nfatal: a.bin: smudge filter lfs failed\n",
  ],
  [
    '[UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block. The promise rejected with the reason "boom".] {',
    'program',
    "  code: 'ERR_UNHANDLED_REJECTION'\n}\n\nNode.js v24.21.0\n",
  ],
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', 'program', ' 1: 0xe1 node::OOM [node]\n'],
])('%s, which a person may mend or time', (line, by, after) => {
  expect(causeOf(`noise\n${line}\n${after}`)).toEqual({ line, by, cure: null });
});

test('a helper that is missing is not the reason where the network is away', () => {
  const both =
    "git: 'credential-x' is not a git command. See 'git --help'.\nfatal: unable to access 'https://h/': Could not resolve host: h\n";
  expect(causeOf(both)).toMatchObject({ by: 'network', cure: null });
});

test('words of no known form: the last line', () => {
  expect(causeOf('one\ntwo\n')).toBeNull();
  expect(['one\ntwo\n\n', ''].map(tellingLine)).toEqual(['two', '']);
});

test.each([
  ["/x/a.js:1\nthrow 'boom';\n^\nboom\n(Use `node --trace-uncaught ...` to show where the exception was thrown)\n", 'boom'],
  [
    "/x/a.js:9\n  throw new Fault('boom');\n  ^\n\nFault: boom\n    at run (/x/a.js:9:7)\n    at file:///x/b.mjs:1:1 {\n  code: 'X'\n}\n",
    'Fault: boom',
  ],
  ['    at /x/a.js:9:7\n', 'at /x/a.js:9:7'],
])('what Node shows of an error of no known form: its words, not the trace', (trace, line) => {
  expect(tellingLine(`${trace}\nNode.js v24.21.0\n`)).toBe(line);
});

test('nothing but a version: that', () => {
  expect(tellingLine('Node.js v24.21.0\n')).toBe('Node.js v24.21.0');
});
