// Which line of a foreign program's error output says why it failed, and what only a person can do about it. Programs bury
// that line: ssh's reason stands before git's "could not read from remote", Node's before a trace, a version manager's
// before its hints.

export interface Cause {
  readonly line: string;
  /** Whose words they are. */
  readonly by: 'network' | 'sign-in' | 'shell' | 'shim' | 'program';
  /** What a person does about it; null: time may mend it, or nobody knows. */
  readonly cure: string | null;
}

type Form = Pick<Cause, 'by' | 'cure'> & { readonly says: RegExp };

// In the order in which they count: what is told of the network may be the reason of all that is told besides.
// oxfmt-ignore
const forms: readonly Form[] = [
  { by: 'network', cure: null, says: /^ssh: (?:connect to host|Could not resolve hostname) |^(?:kex_exchange_identification|ssh_dispatch_run_fatal): |^(?:client_loop: |Connection to \S+ )?(?:Connection (?:closed|reset|timed out)|closed by remote host)|^Timeout, server \S+ not responding|^\S+\[\d+: \S+\]: errno=/ },
  { by: 'network', cure: null, says: /^fatal: unable to access .*(?:could not resolve|(?:failed|unable) to connect|connection (?:refused|reset|timed out)|operation timed out|returned error: 5\d\d)|\bdial tcp\b/i },
  { by: 'sign-in', cure: 'connect to it once by hand (ssh), check its key and accept it', says: /^Host key verification failed|^No \S+ host key is known for / },
  { by: 'sign-in', cure: 'take the right to read it from everybody else: chmod 600 FILE', says: /^Permissions \d+ for '[^']+' are too open/ },
  { by: 'sign-in', cure: 'load a key that it knows into ssh-agent, or name one in the configuration of ssh: a passphrase cannot be asked for here', says: /\bPermission denied \([\w,-]+\)|Too many authentication failures|^sign_and_send_pubkey: / },
  { by: 'sign-in', cure: 'mend the configuration of ssh', says: /^Bad owner or permissions on |Bad configuration option|terminating, \d+ bad configuration options/ },
  { by: 'sign-in', cure: 'name a method that both sides know in the configuration of ssh', says: /^Unable to negotiate with / },
  { by: 'sign-in', cure: 'sign in to it, or use an account with the right to do this: git’s credential helper, a token, or ssh-agent', says: /^(?:remote|fatal|error): .*(?:permission to \S+ denied|authentication failed|could not read (?:username|password)|returned error: 40[13]|access denied|insufficient permission)|^batch response: .*(?:authentication|authorization|forbidden)/i },
  // So say servers that answer, also of one that the account may not see.
  { by: 'sign-in', cure: 'check the address of the remote, and sign in with the right to see that repository', says: /^(?:(?:remote|fatal): )?(?:ERROR: )?(?:Repository not found|repository '[a-z]+:[^']+' not found|The project you were looking for could not be found)/ },
  { by: 'sign-in', cure: 'have git trust its certificate (http.sslCAInfo), or have it renewed', says: /SSL certificate problem|server certificate verification failed/ },
  { by: 'program', cure: 'say that you trust it: git config --global --add safe.directory FOLDER', says: /detected dubious ownership/ },
  { by: 'program', cure: 'install that program, and have it on PATH', says: /^git: '[^']+' is not a git command|^(?:fatal|error): (?:unable to find remote helper|cannot run \S+: No such file)/ },
  { by: 'shim', cure: 'choose a version of the program for this folder with its version manager', says: /^No (?:version is set|preset version installed) for command |^unknown command: .*reshim|^mise ERROR (?!Run with|Version)|^Volta error: |^(?:nod|py|rb|go)env: / },
  { by: 'shell', cure: 'install that program, and have it on PATH', says: /^\S+(?: \S+)?: (?:(?:line )?\d+: )?(?:exec: )?\S+: (?:command )?not found$|^zsh:\d*:? command not found: |^\S*env: .*: No such file or directory$/ },
  { by: 'shell', cure: null, says: /^\S+: (?:(?:line )?\d+: )?.*(?:[Ss]yntax error|bad interpreter|[Ee]xec format error|cannot execute|Permission denied|No such file or directory)/ },
  { by: 'program', cure: null, says: /^Error downloading object: |^batch re(?:quest|sponse): |^\[UnhandledPromiseRejection: |^FATAL ERROR: / },
  { by: 'program', cure: null, says: /^(?:Uncaught )?[A-Z]\w*(?:Error|Exception)(?: \[\w+\])?: / },
  { by: 'program', cure: null, says: /^error: /i },
];

/** Null: it has no known form. */
export function causeOf(stderr: string): Cause | null {
  const lines = linesOf(stderr);
  for (const { says, ...rest } of forms) {
    const line = lines.findLast((one) => says.test(one));
    if (line !== undefined) return { line, ...rest };
  }
  return null;
}

/** For people: the line that says why, else the one above a trace, else the last one; empty where nothing was said. */
export function tellingLine(stderr: string): string {
  const cause = causeOf(stderr);
  if (cause !== null) return cause.line;
  const lines = linesOf(stderr);
  const last = lines.findLast((line) => !nodesOwn.test(line));
  return lines[lines.findIndex((line) => traced.test(line)) - 1] ?? last ?? lines.at(-1) ?? '';
}

/** A place in the trace of an error. */
const traced = /^at .+:\d+:\d+\)?(?: \{)?$/;

/** What Node writes below every error that ends it. */
const nodesOwn = /^Node\.js v\d|^\(Use `node --trace/;

function linesOf(text: string): readonly string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
