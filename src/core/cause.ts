// Finds the line of a foreign program's error output that says why it failed, and what a person can do about it. Programs
// bury that line: the reason that ssh gives stands before git's "could not read from remote", Node's before a stack trace,
// and a version manager's before its hints.

export interface Cause {
  readonly line: string;
  /** Which kind of program wrote the line. */
  readonly by: 'network' | 'sign-in' | 'shell' | 'shim' | 'program';
  /** What a person has to do about it; null if time may heal it, or if nobody knows. */
  readonly cure: string | null;
}

type Form = Pick<Cause, 'by' | 'cure'> & { readonly says: RegExp };

// The order is the priority: a network failure may be the cause of everything else that is reported.
// oxfmt-ignore
const forms: readonly Form[] = [
  { by: 'network', cure: null, says: /^ssh: (?:connect to host|Could not resolve hostname) |^(?:kex_exchange_identification|ssh_dispatch_run_fatal): |^(?:client_loop: |Connection to \S+ )?(?:Connection (?:closed|reset|timed out)|closed by remote host)|^Timeout, server \S+ not responding|^\S+\[\d+: \S+\]: errno=/ },
  { by: 'network', cure: null, says: /^fatal: unable to access .*(?:could not resolve|(?:failed|unable) to connect|connection (?:refused|reset|timed out)|operation timed out|returned error: 5\d\d)|\bdial tcp\b/i },
  { by: 'sign-in', cure: 'connect to it once by hand (ssh), check its key and accept it', says: /^Host key verification failed|^No \S+ host key is known for / },
  { by: 'sign-in', cure: 'make the key file readable for yourself only: chmod 600 FILE', says: /^Permissions \d+ for '[^']+' are too open/ },
  { by: 'sign-in', cure: 'load a key that the server knows into ssh-agent, or name one in ~/.ssh/config (workers cannot ask for a passphrase)', says: /\bPermission denied \([\w,-]+\)|Too many authentication failures|^sign_and_send_pubkey: / },
  { by: 'sign-in', cure: 'correct ~/.ssh/config', says: /^Bad owner or permissions on |Bad configuration option|terminating, \d+ bad configuration options/ },
  { by: 'sign-in', cure: 'name a method that both sides support in ~/.ssh/config', says: /^Unable to negotiate with / },
  { by: 'sign-in', cure: 'sign in to the remote with an account that may do this (git’s credential helper, a token, or ssh-agent)', says: /^(?:remote|fatal|error): .*(?:permission to \S+ denied|authentication failed|could not read (?:username|password)|returned error: 40[13]|access denied|insufficient permission)|^batch response: .*(?:authentication|authorization|forbidden)/i },
  // Servers answer so as well if the repository exists but the account may not see it.
  { by: 'sign-in', cure: 'check the address of the remote, and sign in with an account that may see the repository', says: /^(?:(?:remote|fatal): )?(?:ERROR: )?(?:Repository not found|repository '[a-z]+:[^']+' not found|The project you were looking for could not be found)/ },
  { by: 'sign-in', cure: 'make git trust the server’s certificate (http.sslCAInfo), or have the certificate renewed', says: /SSL certificate problem|server certificate verification failed/ },
  { by: 'program', cure: 'tell git that you trust the folder: git config --global --add safe.directory FOLDER', says: /detected dubious ownership/ },
  { by: 'program', cure: 'install that program, and put it on PATH', says: /^git: '[^']+' is not a git command|^(?:fatal|error): (?:unable to find remote helper|cannot run \S+: No such file)/ },
  { by: 'shim', cure: 'choose a version of the program for this folder with your version manager', says: /^No (?:version is set|preset version installed) for command |^unknown command: .*reshim|^mise ERROR (?!Run with|Version)|^Volta error: |^(?:nod|py|rb|go)env: / },
  { by: 'shell', cure: 'install that program, and put it on PATH', says: /^\S+(?: \S+)?: (?:(?:line )?\d+: )?(?:exec: )?\S+: (?:command )?not found$|^zsh:\d*:? command not found: |^\S*env: .*: No such file or directory$/ },
  { by: 'shell', cure: null, says: /^\S+: (?:(?:line )?\d+: )?.*(?:[Ss]yntax error|bad interpreter|[Ee]xec format error|cannot execute|Permission denied|No such file or directory)/ },
  { by: 'program', cure: null, says: /^Error downloading object: |^batch re(?:quest|sponse): |^\[UnhandledPromiseRejection: |^FATAL ERROR: / },
  { by: 'program', cure: null, says: /^(?:Uncaught )?[A-Z]\w*(?:Error|Exception)(?: \[\w+\])?: / },
  { by: 'program', cure: null, says: /^error: /i },
];

/** Null if the output matches no known form. */
export function causeOf(stderr: string): Cause | null {
  const lines = linesOf(stderr);
  for (const { says, ...rest } of forms) {
    const line = lines.findLast((one) => says.test(one));
    if (line !== undefined) return { line, ...rest };
  }
  return null;
}

/**
 * One line for people: the line with the cause, else the one above a stack trace, else the last one; empty if nothing was
 * printed.
 */
export function tellingLine(stderr: string): string {
  const cause = causeOf(stderr);
  if (cause !== null) return cause.line;
  const lines = linesOf(stderr);
  const last = lines.findLast((line) => !nodesOwn.test(line));
  return lines[lines.findIndex((line) => traced.test(line)) - 1] ?? last ?? lines.at(-1) ?? '';
}

/** A line of a stack trace. */
const traced = /^at .+:\d+:\d+\)?(?: \{)?$/;

/** Lines that Node writes below every error that ends it. */
const nodesOwn = /^Node\.js v\d|^\(Use `node --trace/;

function linesOf(text: string): readonly string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
