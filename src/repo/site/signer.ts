// Signs our commits if the person's `commit.gpgsign` asks for it, with the program that they configured, and without asking
// anybody. Git passes no options of ours to GnuPG, and an agent that needs a passphrase would ask for it on the person's
// terminal, wherever that is. So git gets another program instead, which runs GnuPG with the right options.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Git, GitAnswer, GitCall } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { inside, stopped, type Site } from './record.ts';

/** What a signing call gets in addition. */
export interface Signer {
  /** Options of git, in front of its command. */
  readonly settings: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The program that git runs to sign. In batch mode, GnuPG fails instead of asking for a passphrase, and still finds one in
 * a file (`passphrase-file`).
 */
const script = `#!/bin/sh
# Written by Yardmaster, to sign without asking anybody for a passphrase.
case "$("$YARDMASTER_SIGNS_WITH" --version </dev/null 2>/dev/null)" in
*'(GnuPG'*) exec "$YARDMASTER_SIGNS_WITH" --batch --pinentry-mode=loopback "$@" ;;
esac
exec "$YARDMASTER_SIGNS_WITH" "$@"
`;

/** Git's own defaults. ssh-keygen asks nobody, because it has no terminal, and no program to ask with. */
const usual: Readonly<Record<string, string>> = { openpgp: 'gpg', x509: 'gpgsm' };

/** Null if our commits are not signed. */
export async function signerOf(
  git: Git,
  given: { readonly site: Pick<Site, 'reader'>; readonly sign: 'auto' | 'off' },
): Promise<Signer | null> {
  const { site, sign } = given;
  if (sign === 'off') return null;
  const ask = (args: readonly string[]): Promise<string | null> => git.maybe({ ...inside(site), args: ['config', ...args], kind: 'read' });
  if ((await ask(['--type=bool', '--get', 'commit.gpgsign'])) !== 'true') return null;
  const format = (await ask(['--get', 'gpg.format'])) ?? 'openpgp';
  const program = usual[format];
  if (program === undefined) return { settings: [], env: {} };
  const keys = format === 'openpgp' ? ['gpg.program', 'gpg.openpgp.program'] : [`gpg.${format}.program`];
  // In the order of the configuration, because there are two names for the same setting, and the last one counts.
  const set = (await ask(['-z', '--type=path', '--get-regexp', `^(${keys.join('|').replaceAll('.', String.raw`\.`)})$`]))?.split('\0');
  const configured = set?.findLast((entry) => entry !== '')?.split(/\n(.*)/s)[1];
  const file = join(site.reader, 'sign');
  writeFileSync(file, script, { mode: 0o700 });
  return { settings: keys.flatMap((key) => ['-c', `${key}=${file}`]), env: { YARDMASTER_SIGNS_WITH: configured ?? program } };
}

/** The call that creates a commit, signed if there is a signer; takes the options of `commit-tree`. */
export function committing(signer: Signer | null, options: readonly string[]): Pick<GitCall, 'args'> & { readonly kind?: 'sign' } {
  if (signer === null) return { args: ['commit-tree', '--no-gpg-sign', ...options] };
  return { args: [...signer.settings, 'commit-tree', '-S', ...options], kind: 'sign' };
}

/** Why a signing call failed. */
export function notSigned(site: Pick<Site, 'path'>, answer: GitAnswer): Fault {
  if (answer.aborted) return stopped();
  return new Fault({
    code: answer.obstacle?.code ?? 'not-signed',
    message: `the commit in ${site.path} could not be signed: ${gitReason(answer)}`,
    hint:
      answer.obstacle?.hint ??
      'Yardmaster asks nobody for a passphrase: give it to gpg-agent (sign something in a terminal) or to ssh-agent (ssh-add) and retry, or set delivery.sign: off',
  });
}
