// A rebase creates new commits, and their signatures are lost. Commits that were signed are signed again with the person's
// key; a worker's commit without a signature stays without one.
import type { Git } from '../git.ts';
import { inside, latin1, withItsObjects, type Site } from './record.ts';
import { committing, notSigned, signerOf, type Signer } from './signer.ts';

/** Everything except ids is bytes, one character each. */
interface Commit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly committer: string;
  readonly message: string;
  readonly signed: boolean;
}

interface Given {
  readonly site: Site;
  /** The tip of the rebased branch: before, the new base, and the result. */
  readonly commit: string;
  readonly onto: string;
  readonly rebased: string;
  readonly sign: 'auto' | 'off';
}

/** Returns the tip to push. No reference is moved. Faults: `not-signed`. */
export async function signAgain(git: Git, given: Given): Promise<string> {
  const { site, commit, onto, rebased } = given;
  const before = await commitsOf(git, { site, tip: commit, onto });
  const signed = new Set(before.flatMap((one) => (one.signed ? [likeness(one)] : [])));
  const signer = signed.size === 0 ? null : await signerOf(git, given);
  if (signer === null) return rebased;
  const now = new Map<string, string>();
  for (const one of await commitsOf(git, { site, tip: rebased, onto })) {
    const parents = one.parents.map((parent) => now.get(parent) ?? parent);
    const toSign = !one.signed && signed.has(likeness(one));
    const isMoved = parents.some((parent, at) => parent !== one.parents[at]);
    if (toSign || isMoved) now.set(one.id, await anew(git, { site, commit: { ...one, parents }, signer: toSign ? signer : null }));
  }
  return now.get(rebased) ?? rebased;
}

/** The properties that a rebase does not change. */
function likeness({ author, message }: Commit): string {
  return `${author}\n${message.trimEnd()}`;
}

/** Parents come before their children. */
async function commitsOf(
  git: Git,
  given: { readonly site: Site; readonly tip: string; readonly onto: string },
): Promise<readonly Commit[]> {
  const at = { ...inside(given.site), kind: 'read' } as const;
  const ids = await git.text({ ...at, args: ['rev-list', '--topo-order', '--reverse', given.tip, `^${given.onto}`] });
  if (ids === '') return [];
  const text = await git.text({ ...at, cwd: latin1(at.cwd), args: ['cat-file', '--batch'], input: `${ids}\n`, bytes: true });
  const commits: Commit[] = [];
  for (let from = 0; from < text.length;) {
    const start = text.indexOf('\n', from) + 1;
    const [id = '', , size] = text.slice(from, start - 1).split(' ');
    const end = start + Number(size);
    commits.push(parsed(id, text.slice(start, end)));
    from = end + 1;
  }
  return commits;
}

function parsed(id: string, text: string): Commit {
  const end = text.indexOf('\n\n');
  const head = end === -1 ? text : text.slice(0, end);
  const lines = head.split('\n');
  const values = (name: string): readonly string[] =>
    lines.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  return {
    id,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    author: values('author')[0] ?? '',
    committer: values('committer')[0] ?? '',
    message: end === -1 ? '' : text.slice(end + 2),
    signed: /^gpgsig(?:-sha256)? /m.test(head),
  };
}

async function anew(git: Git, given: { readonly site: Site; readonly commit: Commit; readonly signer: Signer | null }): Promise<string> {
  const { site, commit, signer } = given;
  const at = withItsObjects({ ...inside(site) }, site);
  const { args, ...how } = committing(signer, [...commit.parents.flatMap((parent) => ['-p', parent]), commit.tree]);
  const env = { ...at.env, ...signer?.env, ...identityOf('AUTHOR', commit.author), ...identityOf('COMMITTER', commit.committer) };
  // The message may consist of any bytes.
  const answer = await git.run({ ...how, cwd: latin1(at.cwd), args: args.map(latin1), env, input: commit.message, bytes: true });
  if (answer.ok) return answer.stdout;
  throw notSigned(site, answer);
}

/** Parses a commit's line: a name, an address, seconds and a time zone. */
function identityOf(role: 'AUTHOR' | 'COMMITTER', line: string): Readonly<Record<string, string>> {
  const [, name = '', address = '', time = ''] = /^(.*?) ?<([^>]*)> (.*)$/.exec(Buffer.from(line, 'latin1').toString('utf8')) ?? [];
  return { [`GIT_${role}_NAME`]: name, [`GIT_${role}_EMAIL`]: address, [`GIT_${role}_DATE`]: `@${time}` };
}
