// The environment in which git runs. It is constructed from closed lists, so that no provider's key or other secret of ours
// reaches git, and nothing in it points to another repository, index or format (as it does inside a git hook). Git runs in
// the C locale, and cannot ask a person anything.
import { baseEnvironment, forgeTokens } from '../core/security/environment.ts';
import type { Env } from '../core/security/environment.ts';

export type GitKind = 'read' | 'write' | 'network' | 'push' | 'sign';

/**
 * Base variables that our git does not get: they would translate its messages, or give it access to services of the
 * session.
 */
const notForGit = ['LANGUAGE', 'XDG_RUNTIME_DIR'];

/**
 * Those GIT_* variables that express the user's wishes about transport, identity, large files and configuration. All
 * others are dropped.
 */
const kept =
  /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|EXEC_PATH|TEMPLATE_DIR|PROXY_\w+|SSL_\w+|HTTP_\w+|CURL_\w+|LFS_\w+|PROTOCOL|ALLOW_PROTOCOL|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL))$/;

/**
 * Variables that identify a person to a remote: agents, helpers, and the tokens that the forges' own credential helpers
 * read.
 */
const forRemotes = [
  'SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'SSH_ASKPASS', 'SSH_ASKPASS_REQUIRE', 'GIT_ASKPASS', 'KRB5CCNAME',
  'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'DISPLAY',
  'GH_HOST', 'GH_CONFIG_DIR', 'GLAB_CONFIG_DIR', ...forgeTokens,
]; // prettier-ignore

const beside: Readonly<Record<GitKind, readonly string[]>> = {
  read: [],
  write: [],
  network: forRemotes,
  push: forRemotes,
  sign: ['SSH_AUTH_SOCK', 'GNUPGHOME', 'GPG_TTY'],
};

/** The environment of every git of ours, and the whole environment of a shell that is kept ready: none of it is a secret. */
export function standingEnvironment(inherited: Env): Record<string, string> {
  const base = Object.entries(baseEnvironment(inherited)).filter(([name]) => !notForGit.includes(name));
  return {
    ...Object.fromEntries(base),
    // Messages are parsed, so they must be in English; an editor or a prompt would wait for ever.
    ...{ LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true', GIT_SEQUENCE_EDITOR: 'true', GIT_MERGE_AUTOEDIT: 'no' },
    // Has the effect of `ssh -o BatchMode=yes` without overriding the user's own ssh command: without a terminal, ssh would
    // otherwise ask in a window.
    SSH_ASKPASS_REQUIRE: 'never',
  };
}

/** What a call of each kind gets in addition. `GIT_CONFIG_VALUE_n` is among it, because it may hold a header with a token. */
export function callEnvironments(inherited: Env): Readonly<Record<GitKind, Readonly<Record<string, string>>>> {
  const of = (kind: GitKind): Record<string, string> =>
    Object.fromEntries(
      Object.entries(inherited).flatMap(([name, value]) =>
        value !== undefined && (kept.test(name) || beside[kind].includes(name)) ? [[name, value]] : [],
      ),
    );
  return {
    // A read that refreshes the index would take index.lock, and the agent's own git would fail at that moment.
    read: { ...of('read'), GIT_OPTIONAL_LOCKS: '0' },
    write: of('write'),
    network: of('network'),
    push: of('push'),
    sign: of('sign'),
  };
}
