// The part of the person's git configuration that a site gets. The worker's repository gets selected settings as plain
// values: without programs that fetch or push, without credentials, and without what belongs to the person's own checkout.
// The reader includes the person's configuration itself, and gets as values what applies only because of a repository's
// location (`includeIf "gitdir:…"`).
import { resolve } from 'node:path';
import type { Git } from '../git.ts';
import { absoluteAddress } from '../remote-address.ts';
import { configuredHooks, type ConfiguredHooks } from './configured-hooks.ts';
import { scoped, type Setting } from './git-setting.ts';

export interface SiteSettings {
  readonly worker: readonly Setting[];
  readonly reader: readonly Setting[];
  /** The person's repository checks out only part of its files. */
  readonly sparse: boolean;
  /** The remote that has promised the missing objects; null if none may be missing. */
  readonly promisor: string | null;
  readonly objectFormat: string;
  /** The folder for large files (LFS), if it is not below the git folder; absolute. Null if not set. */
  readonly largeFiles: string | null;
  /** The folder of hooks, relative to the checkout or absolute, without `~`; null if it is in the git folder. */
  readonly hooksPath: string | null;
  /** Hooks that are in the configuration. */
  readonly hooks: ConfiguredHooks;
}

const families =
  /^(?:user|author|committer|commit|tag|gpg|filter|diff|merge|rerere|lfs|url|http|remote|branch|push|pull|submodule|hook)\.|^core\.(?:autocrlf|eol|safecrlf|filemode|ignorecase|precomposeunicode|symlinks|longpaths|excludesfile|attributesfile|hookspath|sparse\w+)$|^index\.sparse$/;

/** Programs that act on a remote, secrets, and settings that have a meaning only in the person's checkout. */
const withheld =
  /^remote\..*\.(?:uploadpack|receivepack|vcs|promisor|partialclonefilter|token)$|^http\.(?:.*\.)?(?:extraheader|cookiefile|sslkey|sslcertpasswordprotected|proxyauthmethod)$|^lfs\.storage$|^submodule\..*\.gitdir$/;

const own = new Set(['local', 'worktree']);
const shared = new Set(['global', 'system']);

export async function siteSettings(git: Git, given: { readonly common: string; readonly root: string }): Promise<SiteSettings> {
  const { common, root } = given;
  const list = ['config', '-z', '--list', '--show-scope'];
  const person = scoped(await git.text({ cwd: common, env: { GIT_DIR: common }, args: list, kind: 'read' }));
  // Without a repository: the settings that apply everywhere.
  const everywhere = scoped(await git.text({ cwd: '/', env: { GIT_DIR: '/dev/null' }, args: list, kind: 'read' })).flatMap(
    ({ scope, setting }) => (shared.has(scope) ? [setting] : []),
  );
  const conditional = without({ all: person.flatMap(({ scope, setting }) => (shared.has(scope) ? [setting] : [])), those: everywhere });
  const local = person.flatMap(({ scope, setting }) => (own.has(scope) ? [setting] : []));
  const worker = [...conditional, ...local]
    .filter(({ key }) => families.test(key) && !withheld.test(key))
    .flatMap((setting) => forWorker({ setting, root }));
  const last = (key: string): string | null => local.findLast((one) => one.key === key)?.value ?? null;
  const all = [...everywhere, ...conditional, ...local];
  const storage = all.findLast(({ key }) => key === 'lfs.storage')?.value;
  const hooksPath = all.findLast(({ key }) => key === 'core.hookspath')?.value ?? null;
  return {
    worker,
    reader: conditional,
    sparse: last('core.sparsecheckout') === 'true',
    promisor: local.flatMap(({ key }) => /^remote\.(.*)\.(?:promisor|partialclonefilter)$/.exec(key)?.[1] ?? [])[0] ?? null,
    objectFormat: last('extensions.objectformat') ?? 'sha1',
    largeFiles: storage === undefined || storage === null ? null : resolve(common, storage),
    hooksPath: hooksPath === null ? null : await asPath(git, hooksPath),
    hooks: configuredHooks(all),
  };
}

/**
 * Expands a path as git does: `~/…`, `~user/…` and `%(prefix)/…`. (Under a key of ours, because every git of ours has
 * core.hooksPath set to an empty folder.)
 */
async function asPath(git: Git, value: string): Promise<string> {
  const args = ['-c', `yardmaster.path=${value}`, 'config', '--type=path', '--get', 'yardmaster.path'];
  return (await git.maybe({ cwd: '/', env: { GIT_DIR: '/dev/null' }, args, kind: 'read' })) ?? value;
}

/** Addresses without logins, and without paths relative to a folder that the site is not in. */
function forWorker(given: { readonly setting: Setting; readonly root: string }): readonly Setting[] {
  const { key, value } = given.setting;
  // Without its login, the setting would apply to other addresses as well.
  if (withoutLogin(key) !== key) return [];
  if (value === null) return [given.setting];
  const plain = withoutLogin(key.endsWith('.proxy') ? value.replace(loginOfHost, '') : value);
  return [{ key, value: /^remote\..*\.(?:push)?url$/.test(key) ? absoluteAddress({ address: plain, root: given.root }) : plain }];
}

/** Even a user name may be a token, except for ssh, which needs it. */
function withoutLogin(text: string): string {
  return text.replaceAll(/([a-z][a-z\d+.-]*):\/\/([^/\s]*)@/gi, (_, scheme: string, login: string) =>
    /ssh/i.test(scheme) ? `${scheme}://${login.replace(/:.*/, '')}@` : `${scheme}://`,
  );
}

/** A proxy may be given without a scheme (git-config(1), `http.proxy`). */
const loginOfHost = /^[^/]*@/;

function without(given: { readonly all: readonly Setting[]; readonly those: readonly Setting[] }): readonly Setting[] {
  const words = ({ key, value }: Setting): string => JSON.stringify([key, value]);
  const known = new Set(given.those.map(words));
  return given.all.filter((setting) => !known.has(words(setting)));
}
