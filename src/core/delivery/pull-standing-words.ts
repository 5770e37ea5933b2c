// Says where a pull request stands: why it is there, what would move it on, and the command for that. The same standing may
// be ours to resolve or a person's, so the words depend on the step. A code without words here does not compile.
import { clip } from '../clip.ts';
import type { PullStanding, PullStandingFacts, Rounds } from './pull-standing.ts';

export interface PullStandingWords {
  readonly text: string;
  /** What has to happen for it to move on. */
  readonly advice: string;
  /** The command that moves it on, or shows it best; null if none helps. */
  readonly command: string | null;
}

/** What is known of a pull request and its standing. */
export interface PullAbout {
  readonly task: string;
  /** The pull request's number. */
  readonly number: number;
  /** Nothing moves it on before a person does something. */
  readonly needsPerson: boolean;
  /** A person asked for its merge, or did so before its head changed; null: nobody did. */
  readonly wish: 'holds' | 'void' | null;
}

type Table = { readonly [Code in keyof PullStandingFacts]: (facts: PullStandingFacts[Code], about: PullAbout) => PullStandingWords };

export function pullStandingWords(why: PullStanding, about: PullAbout): PullStandingWords {
  // The facts belong to the code, which the compiler cannot see through the table.
  const words = table[why.code] as (facts: PullStanding['facts'], about: PullAbout) => PullStandingWords;
  const { text, ...more } = words(why.facts, about);
  // While it is being merged, that says it.
  return { text: about.wish === null || why.code === 'merging' ? text : `${text}; ${wishes[about.wish]}`, ...more };
}

const wishes = {
  holds: 'somebody has asked for its merge',
  void: 'its head has changed since you asked: look at it, and ask again',
} as const;

const byItself = 'it goes on by itself after that';

const table: Table = {
  'forge-computes': (_, { number }) => said(`the forge has not finished computing the state of #${number}`, byItself, null),
  'head-of-person': ({ head }, { number }) =>
    said(
      `somebody else pushed ${head.slice(0, 10)} to the branch of #${number}`,
      'their commits are fetched, and the work goes on on top of them',
      null,
    ),
  'checks-running': ({ names }, { task, number }) =>
    said(`checks are running on #${number}: ${listed(names)}`, 'it goes on by itself once they end', `yardmaster pr ${task}`),
  'checks-rerun': ({ names }, { task, number }) =>
    said(
      `checks of #${number} failed in a way that looks like the fault of their machine, and run once more: ${listed(names)}`,
      'it goes on by itself once they end',
      `yardmaster pr ${task}`,
    ),
  'checks-failed': ({ names, rounds }, { task, number, needsPerson: stuck }) => {
    const text = `checks failed on #${number}: ${listed(names)}`;
    return stuck ? leftToPeople(text, task, rounds) : said(text, 'a worker is given their output', `yardmaster pr ${task}`);
  },
  'checks-unknown': ({ lacking }, { task, number }) =>
    said(
      `the token may not read the checks of #${number}: it lacks ${lacking}`,
      'give the token that right, or look at the checks yourself and merge it',
      `yardmaster merge ${task}`,
    ),
  'changes-requested': ({ items, rounds }, { task, number, needsPerson: stuck }) => {
    if (items === 0)
      return said(
        `changes were requested on #${number}, and nothing that was said is unanswered`,
        'whoever asked for changes has to look again; to merge it all the same, say so',
        `yardmaster merge ${task}`,
      );
    const text = `${items} ${items === 1 ? 'review comment' : 'review comments'} on #${number} ${items === 1 ? 'is' : 'are'} unanswered`;
    if (!stuck) return said(text, 'a worker is given what was said', `yardmaster pr ${task}`);
    const { advice, ...words } = leftToPeople(text, task, rounds);
    return { ...words, advice: `to merge it all the same, run yardmaster merge ${task}; otherwise ${advice}` };
  },
  conflict: ({ base, rounds }, { task, number, needsPerson: stuck }) => {
    const text = `#${number} conflicts with ${base}`;
    if (stuck) return leftToPeople(text, task, rounds);
    return said(text, 'its branch is updated, by a worker if need be', `yardmaster pr ${task}`);
  },
  behind: ({ base }, { number }) => said(`#${number} lacks commits of ${base}`, 'its branch is updated', null),
  'update-refused': ({ message }, { task, number }) =>
    said(
      `the branch of #${number} could not be brought up to date with its base: ${clip(message, 300)}`,
      'fix that, or bring the branch up to date yourself, then try again',
      `yardmaster retry ${task}`,
    ),
  draft: (_, { task, number }) =>
    said(`#${number} is a draft`, 'mark it as ready for review on its page; it goes on by itself after that', `yardmaster open ${task}`),
  stacked: ({ on, lower = 'open' }, { task, number }) => {
    const text = `#${number} builds on the branch of ${on}`;
    if (lower === 'open') return said(`${text}, which is merged first`, `it goes on once ${on} is merged`, `yardmaster explain ${on}`);
    return said(
      `${text}, ${lower === 'closed' ? 'whose pull request was closed' : 'which no task delivers any more'}`,
      `if its work is not needed, cancel it with yardmaster cancel ${task}; otherwise choose another base on its page, and its own commits are moved onto that`,
      `yardmaster open ${task}`,
    );
  },
  retargeting: ({ base }, { number }) => said(`#${number} gets ${base} as its base`, byItself, null),
  'in-line': ({ base }, { number }) => said(`another pull request is merged into ${base} before #${number}`, byItself, 'yardmaster pr'),
  'in-queue': (_, { task, number }) =>
    said(`#${number} is in the merge queue`, 'the forge merges it when it is its turn', `yardmaster open ${task}`),
  ejected: (_, { task, number }) =>
    said(`#${number} was thrown out of the merge queue`, 'look on its page for why, then merge it again', `yardmaster merge ${task}`),
  merging: (_, { number }) => said(`#${number} is being merged`, byItself, null),
  'merge-refused': ({ message }, { task, number }) =>
    said(
      `the forge refused to merge #${number}: ${clip(message, 300)}`,
      'fix what the forge says, then merge it again',
      `yardmaster merge ${task}`,
    ),
  'ready-to-merge': (_, { task, number }) => said(`#${number} is ready to merge`, 'merge it', `yardmaster merge ${task}`),
  'waiting-for-people': (_, { task, number }) =>
    said(
      `#${number} waits for people: a review, or something else that the rules of its base demand, is missing`,
      'review it on its page; it goes on by itself after that',
      `yardmaster open ${task}`,
    ),
  merged: ({ commit }, { number }) =>
    said(
      `#${number} was merged${commit === null ? '' : ` as ${commit.slice(0, 10)}`}`,
      'nothing to do: the next pulse finishes its task',
      null,
    ),
  verifying: ({ commit }, { task, number }) =>
    said(`#${number} was merged as ${commit.slice(0, 10)}, and what was merged is being verified`, byItself, `yardmaster pr ${task}`),
  'verify-failed': ({ command, output }, { task, number }) =>
    said(
      `#${number} was merged, but \`${clip(command, 200)}\` failed on its base${endOf(output)}`,
      'mend the base, for example by a new task, then verify it again',
      `yardmaster retry ${task}`,
    ),
  closed: ({ by }, { task, number }) =>
    said(
      `#${number} was closed without being merged${by === null ? '' : ` by ${clip(by, 100)}`}`,
      `if its work is not needed, cancel it with yardmaster cancel ${task}; if another pull request is to be opened for it, run yardmaster retry ${task}; otherwise reopen this one on its page, and its task goes on`,
      `yardmaster open ${task}`,
    ),
};

function said(text: string, advice: string, command: string | null): PullStandingWords {
  return { text, advice, command };
}

function leftToPeople(text: string, task: string, { used, most }: Rounds): PullStandingWords {
  const tried = used < most ? 'a worker was given it and did not resolve it' : `a worker had its ${most} rounds (delivery.fix)`;
  return said(
    `${text}; ${most === 0 ? 'no worker is given it, because delivery.fix says so' : tried}`,
    'resolve it on its branch yourself, or let a worker try again',
    `yardmaster retry ${task}`,
  );
}

/** The first names in full: there may be hundreds, and a job may call itself anything. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => clip(name, 80));
  return `${shown.join(', ')}${names.length > mostNames ? ` and ${names.length - mostNames} more` : ''}`;
}

const mostNames = 5;

function endOf(output: string): string {
  const last = clip(output.trimEnd().replace(/^.*\n/s, ''), 200);
  return last === '' ? '' : `: ${last}`;
}
