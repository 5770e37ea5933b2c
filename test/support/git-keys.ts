// Every configuration key of git that names a program, an address or a path, by what git does with its value (all other
// keys are in git-keys-harmless.ts, so that a key in neither list is noticed); and the hooks. Source: git-config(1) and
// githooks(5) of git 2.39 to 2.55; `git help --config` shows which keys the installed git knows.
import { execFileSync } from 'node:child_process';
import { isHarmless } from './git-keys-harmless.ts';
import type { Probes } from './tripwires.ts';

/**
 * `program`: git runs it. `command`: the same, after a `!`. `address`: git connects there. `file`: git reads it. `written`:
 * git writes there. `hooks`: a folder with programs. `config`: a file with more settings. `folder`: git works there.
 * `nothing`: only its name resembles these, or it is of no use to a worker: for example, Yardmaster does not read
 * references where `extensions.refStorage` says they are. `http.curloptResolve`, an address, replaces the address of a
 * host.
 */
export type KeyKind = 'program' | 'command' | 'address' | 'file' | 'written' | 'hooks' | 'config' | 'folder' | 'nothing';

const table: Readonly<Record<KeyKind, string>> = {
  program: `
    core.alternateRefsCommand core.askPass core.editor core.fsmonitor core.gitProxy core.pager core.sshCommand
    browser.<tool>.cmd browser.<tool>.path credential.<url>.* credential.helper diff.<driver>.command diff.<driver>.textconv
    diff.external difftool.<tool>.cmd difftool.<tool>.path filter.<driver>.clean filter.<driver>.smudge filter.<driver>.process
    gc.recentObjectsHook gpg.<format>.program gpg.program gpg.ssh.defaultKeyCommand guitool.<name>.cmd imap.tunnel
    instaweb.browser instaweb.httpd interactive.diffFilter gitcvs.dbDriver man.<tool>.cmd man.<tool>.path merge.<driver>.driver
    mergetool.<tool>.cmd mergetool.<tool>.path pager.<cmd> receive.procReceiveRefs remote.<name>.receivepack
    remote.<name>.uploadpack sendemail.ccCmd sendemail.headerCmd sendemail.sendmailCmd sendemail.smtpServer sendemail.tocmd
    sequence.editor trailer.<keyAlias>.cmd trailer.<keyAlias>.command uploadpack.packObjectsHook hook.<name>.command hook.<friendly-name>.command
    trailer.<key-alias>.cmd trailer.<key-alias>.command sendemail.toCmd
    remote.<name>.vcs tar.<format>.command lfs.customtransfer.<name>.path lfs.standalonetransferagent
    lfs.<url>.standalonetransferagent lfs.extension.<name>.clean lfs.extension.<name>.smudge`,
  command: 'alias.* alias.*.command submodule.<name>.update',
  address: `
    remote.<name>.url remote.<name>.pushurl remote.<name>.proxy http.proxy http.<url>.* submodule.<name>.url
    bundle.* bundle.<id>.* bundle.<id>.uri fetch.bundleURI gitweb.url imap.host sendemail.<identity>.*
    url.<base>.insteadOf url.<base>.pushInsteadOf lfs.url lfs.pushurl remote.<name>.lfsurl remote.<name>.lfspushurl
    branch.<name>.remote branch.<name>.pushRemote remote.pushDefault remotes.<group> http.curloptResolve`,
  file: `
    blame.ignoreRevsFile commit.template core.attributesFile core.excludesFile diff.orderFile format.signatureFile
    gpg.ssh.allowedSignersFile gpg.ssh.revocationFile http.cookieFile http.proxySSLCAInfo http.proxySSLCert
    http.proxySSLKey http.sslCAInfo http.sslCAPath http.sslCert http.sslKey includeIf.<condition>.path mailmap.file user.signingKey
    sendemail.aliasesFile sendemail.smtpsslcertpath fsck.skipList fetch.fsck.skipList receive.fsck.skipList
    sendemail.smtpSSLCertPath sendemail.smtpSSLClientCert sendemail.smtpSSLClientKey
    help.htmlPath instaweb.modulePath instaweb.local sendemail.mailmap.file`,
  written:
    'trace2.eventTarget trace2.normalTarget trace2.perfTarget gitcvs.logFile format.outputDirectory fsmonitor.socketDir lfs.storage gc.repackFilterTo',
  hooks: 'core.hooksPath init.templateDir',
  config: 'include.path',
  folder: 'core.worktree submodule.<name>.gitdir',
  nothing: `
    difftool.guiDefault mergetool.guiDefault extensions.* extensions.refStorage sideband.<url>.* trailer.<key-alias>.key transfer.bundleURI
    sendemail.mailmap checkout.defaultRemote column.clean core.quotePath feature.* diff.guitool diff.tool
    diff.<driver>.cachetextconv credential.useHttpPath guitool.<name>.needsFile merge.guitool merge.tool help.browser web.browser man.viewer mailmap.blob sendemail.mailmap.blob fsmonitor.allowRemote
    gui.newBranchTemplate http.pinnedPubkey http.schannelUseSSLCAInfo interactive.singleKey push.autoSetupRemote safe.directory
    transfer.credentialsInUrl worktree.guessRemote fsck.gitattributesBlob fsck.gitmodulesBlob fsck.gitmodulesUrl
    fsck.gitmodulesPath receive.fsck.gitattributesBlob receive.fsck.gitmodulesBlob receive.fsck.gitmodulesUrl receive.fsck.gitmodulesPath`,
};

const kinds = new Map(
  Object.entries(table).flatMap(([kind, keys]) =>
    keys.split(/\s+/).flatMap((key): [string, KeyKind][] => (key === '' ? [] : [[key, kind as KeyKind]])),
  ),
);

/** The newest git whose keys are all in one of the lists. */
const listed = [2, 55] as const;

/**
 * A newer git has keys that nobody has listed yet. This matches names that a key for a program, an address or a path is
 * likely to have.
 */
const telling =
  /(?:command|program|cmd|cmd>|helper|path|url|uri|proxy|hook|driver|editor|pager|tool|clean|smudge|process|textconv|external|fsmonitor|pack|vcs|askpass|browser|viewer|template|file|dir|directory|target|insteadof|server|tunnel|host|httpd|cert|key|cainfo|worktree|remote|blob|\.update|skiplist|diffFilter|local|to|default|resolve|agent|storage|\*)$/i;

/** Keys that the installed git knows and no list contains. */
export function unclassifiedKeys(): readonly string[] {
  const known = execFileSync('git', ['help', '--config'], { encoding: 'utf8' }).split('\n');
  const keys = known.filter((line) => /^[A-Za-z0-9]+\.\S+$/.test(line));
  if (keys.length < 300) throw new Error(`git names only ${keys.length} keys`);
  const [major = 0, minor = 0] = execFileSync('git', ['version'], { encoding: 'utf8' }).match(/\d+/g)?.map(Number) ?? [];
  const isNewer = major > listed[0] || (major === listed[0] && minor > listed[1]);
  return keys.filter((key) => !kinds.has(key) && !isHarmless(key) && (!isNewer || telling.test(key)));
}

/** The values for the variable parts of key names. */
const parts: readonly (readonly [RegExp, string])[] = [
  [/^(filter|diff|merge)\.<driver>/, '$1.known'],
  [/^remote\.<name>/, 'remote.origin'],
  [/^branch\.<name>/, 'branch.yard/t1'],
  [/^submodule\.<name>/, 'submodule.sub'],
  [/^credential\.<url>\.\*/, 'credential.http://127.0.0.1.helper'],
  [/^http\.<url>\.\*/, 'http.http://127.0.0.1.proxy'],
  [/^alias\.\*/, 'alias.st'],
  [/^bundle\.(?:<id>\.)?\*/, 'bundle.b.uri'],
  [/^sendemail\.<identity>\.\*/, 'sendemail.x.smtpServer'],
  [/<condition>/, 'gitdir:/**'],
  [/<format>/, 'openpgp'],
  [/<cmd>/, 'log'],
  [/<[^>]*>/, 'evil'],
];

export interface HostileFacts {
  readonly probes: Probes;
  /** Names the place of the configuration; it becomes part of every probe's name. */
  readonly where: string;
  /** The address whose traffic the hostile settings try to divert. */
  readonly remote: string;
  /** A folder full of hooks that are probes. */
  readonly hooks: string;
  /** Another configuration file to include; null: none. */
  readonly include: string | null;
  /** Another checkout; null: the key is left out. */
  readonly folder: string | null;
}

/** A configuration file that sets all keys, each to a probe with the key's name. */
export function hostileConfig(facts: HostileFacts): string {
  const lines = [...kinds.keys()].flatMap((key) => settingsOf({ ...facts, key }));
  // Settings that make git use the other keys at all.
  const permissions: [string, string][] = [
    ...['protocol.allow', 'protocol.ext.allow', 'protocol.file.allow'].map((key): [string, string] => [key, 'always']),
    ...['commit.gpgSign', 'tag.gpgSign', 'log.showSignature', 'submodule.recurse', 'push.followTags'].map((key): [string, string] => [
      key,
      'true',
    ]),
    ...[
      ['remote.origin.promisor', 'true'],
      ['extensions.partialClone', 'origin'],
      ['http.saveCookies', 'true'],
    ].map(([key = '', value = '']): [string, string] => [key, value]),
    ...[
      ['hook.evil.event', 'pre-push'],
      ['hook.evil.event', 'post-index-change'],
      ['hook.evil.event', 'reference-transaction'],
      ['diff.tool', 'evil'],
      ['merge.tool', 'evil'],
      ['gc.auto', '1'],
      ['maintenance.auto', 'true'],
      ['push.recurseSubmodules', 'on-demand'],
    ].map(([key = '', value = '']): [string, string] => [key, value]),
  ];
  return ['[core]\n\trepositoryFormatVersion = 1\n', ...[...permissions, ...lines].map(([key, value]) => entry(key, value))].join('');
}

/** Names and values for a key of the table. */
export function settingsOf(given: HostileFacts & { readonly key: string }): [string, string][] {
  const { probes, where, key, include, folder } = given;
  const kind = kinds.get(key) ?? 'nothing';
  const named = parts.reduce((name, [part, value]) => name.replace(part, value), key);
  const name = `${where} ${key}`;
  const once = (value: string): [string, string][] => [[named, value]];
  switch (kind) {
    case 'program':
      return once(key === 'remote.<name>.vcs' ? 'ext' : probes.program(name));
    case 'command':
      return once(`!${probes.program(name)}`);
    case 'address':
      if (key.startsWith('url.')) return diversions(given, name);
      if (key === 'http.curloptResolve') return resolutions(given, name).map((value) => [named, value]);
      // Of several proxies only the last one counts, and a newer git accepts none with a path.
      if (key.startsWith('http.') || key.endsWith('.proxy')) return once(new URL(probes.address(name)).origin);
      return [probes.address(name), external(probes.program(name))].map((value) => [named, value]);
    case 'file':
      // One probe serves all places, because it only shows which key was followed.
      return once(probes.readFile(key));
    case 'written':
      return once(probes.writtenFile(name));
    case 'hooks':
      return once(given.hooks);
    case 'config':
      return include === null ? [] : once(include);
    case 'folder':
      return folder === null ? [] : once(folder);
    case 'nothing':
      return [];
  }
}

function diversions({ key, probes, remote }: HostileFacts & { readonly key: string }, name: string): [string, string][] {
  return [probes.address(name), external(probes.program(name))].map((base) => [key.replace('<base>', base), remote]);
}

/** A percent sign has to be doubled: git-remote-ext(1). */
function external(program: string): string {
  return `ext::${program.replaceAll('%', '%%')}`;
}

/** Resolves a host that does not exist to the probes, and the remote's host to an address where nobody answers. */
function resolutions({ probes, remote }: HostileFacts, name: string): readonly string[] {
  const theirs = /^http:\/\/([^/]+)/.exec(remote)?.[1];
  return [`host.invalid:${new URL(probes.address(name)).port}:127.0.0.1`, ...(theirs === undefined ? [] : [`${theirs}:127.0.0.2`])];
}

function entry(key: string, value: string): string {
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')];
  const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  const part = first === last ? '' : ` ${quoted(key.slice(first + 1, last))}`;
  return `[${key.slice(0, first)}${part}]\n\t${key.slice(last + 1)} = ${quoted(value)}\n`;
}

/** All hooks of githooks(5), and those of earlier versions. */
export const hooks: readonly string[] = `
  applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase
  post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update reference-transaction
  push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman p4-changelist p4-prepare-changelist
  p4-post-changelist p4-pre-submit post-index-change`
  .trim()
  .split(/\s+/);
