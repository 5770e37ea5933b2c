// The environment in which git runs: the caller's, but with nothing in it that names another repository, index or
// format (as is the case below a git hook), in the C locale, and without a way to ask a person anything.

/** What of GIT_* is the user's wish about transport, identity and configuration; all the rest is dropped. */
const kept =
  /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|EXEC_PATH|TEMPLATE_DIR|PROXY_\w+|SSL_\w+|HTTP_\w+|CURL_\w+|PROTOCOL|ALLOW_PROTOCOL|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL))$/;

export function gitEnvironment(given: {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly own: Readonly<Record<string, string>>;
}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(given.inherited)) {
    if (value === undefined || name === 'LANGUAGE') continue;
    if (!name.startsWith('GIT_') || kept.test(name)) env[name] = value;
  }
  // Messages are parsed, so they must be in English; an editor or a prompt would wait for ever.
  Object.assign(env, { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true', GIT_SEQUENCE_EDITOR: 'true', GIT_MERGE_AUTOEDIT: 'no' });
  // As `ssh -o BatchMode=yes`, but without overruling the user's own ssh command: ssh, which has no terminal here, would
  // ask in a window.
  env['SSH_ASKPASS_REQUIRE'] ??= 'never';
  return Object.assign(env, given.own);
}
