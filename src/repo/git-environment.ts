// The environment in which git runs: constructed from closed lists, so that neither a provider's key nor any other
// secret of ours reaches a git, and nothing in it names another repository, index or format (as is the case below a
// git hook). It runs in the C locale, and without a way to ask a person anything.
import { baseEnvironment, forgeTokens } from '../core/security/environment.ts';
import type { Env } from '../core/security/environment.ts';

export type GitKind = 'read' | 'write' | 'network' | 'push' | 'sign';

/** Of the base, what git of ours does without: its messages would be translated, or a session's services be within reach. */
const notForGit = ['LANGUAGE', 'XDG_RUNTIME_DIR'];

/** What of GIT_* is the user's wish about transport, identity, large files and configuration; all the rest is dropped. */
const kept =
  /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|EXEC_PATH|TEMPLATE_DIR|PROXY_\w+|SSL_\w+|HTTP_\w+|CURL_\w+|LFS_\w+|PROTOCOL|ALLOW_PROTOCOL|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL))$/;

/** By which a remote is told who asks: agents, helpers, and the tokens that the forges' own credential helpers read. */
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

/** What every git of ours has, and all that a shell has which stands ready: nothing of it is a secret. */
export function standingEnvironment(inherited: Env): Record<string, string> {
  const base = Object.entries(baseEnvironment(inherited)).filter(([name]) => !notForGit.includes(name));
  return {
    ...Object.fromEntries(base),
    // Messages are parsed, so they must be in English; an editor or a prompt would wait for ever.
    ...{ LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true', GIT_SEQUENCE_EDITOR: 'true', GIT_MERGE_AUTOEDIT: 'no' },
    // As `ssh -o BatchMode=yes`, but without overruling the user's own ssh command: ssh, which has no terminal here,
    // would ask in a window.
    SSH_ASKPASS_REQUIRE: 'never',
  };
}

/** What a call of each kind gets beside that. `GIT_CONFIG_VALUE_n` is here because it may hold a header with a token. */
export function callEnvironments(inherited: Env): Readonly<Record<GitKind, Readonly<Record<string, string>>>> {
  const of = (kind: GitKind): Record<string, string> =>
    Object.fromEntries(
      Object.entries(inherited).flatMap(([name, value]) =>
        value !== undefined && (kept.test(name) || beside[kind].includes(name)) ? [[name, value]] : [],
      ),
    );
  return {
    // A read that refreshes the index would take index.lock, and fail the agent's own git at that moment.
    read: { ...of('read'), GIT_OPTIONAL_LOCKS: '0' },
    write: of('write'),
    network: of('network'),
    push: of('push'),
    sign: of('sign'),
  };
}
