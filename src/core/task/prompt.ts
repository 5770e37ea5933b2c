// The prompt of a worker. The text is a reviewed template: agents see it word for word, and a test fixes it.
import { clip } from '../clip.ts';
import type { StackedOn } from '../delivery/stacked-on.ts';

export interface PromptFacts {
  readonly id: string;
  readonly title: string;
  readonly body: string | null;
  readonly branch: string;
  /** The other task's branch from which this one started; null: none. */
  readonly stackedOn: StackedOn | null;
  readonly worktree: string;
  /** Commits that are already on the branch, newest first, one line each. */
  readonly commits: readonly string[];
  readonly checks: readonly string[];
  /** Submodules whose folders are empty in the checkout. */
  readonly emptySubmodules: readonly string[];
  /** The work of an earlier worker whose session this one does not continue; null if there was none. */
  readonly earlier: EarlierWork | null;
}

export interface EarlierWork {
  readonly agent: string;
  readonly why: string;
  readonly lastWords: string | null;
  /** All differences from the commit where the task began, committed or not. */
  readonly changes: readonly string[];
  readonly uncommitted: readonly string[];
}

/** For a new session. */
export function taskPrompt(facts: PromptFacts): string {
  const parts = [
    `You are working alone on one task in a git repository. Nobody will answer questions: decide for yourself and finish.`,
    `# Task ${facts.id}: ${facts.title}`,
    ...(facts.body === null ? [] : [trimmed(facts.body)]),
    `# Where\nYour working directory is a checkout made for this task, with a git repository of its own: ${facts.worktree}\nIt is on the branch ${facts.branch}. Work only here.${lowerWork(facts)}${emptyFolders(facts)}`,
    ...leftWork(facts),
    rules(facts),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Removes blank lines at both ends. The indentation of the first line stays, because a list or code may begin with it. */
function trimmed(body: string): string {
  return body.replace(/^\s*\n/, '').trimEnd();
}

function lowerWork({ stackedOn }: PromptFacts): string {
  if (stackedOn === null) return '';
  return `\nIt starts from the branch ${stackedOn.branch}, which has the work of task ${stackedOn.task}. That work is not merged yet: build on it.`;
}

function emptyFolders({ emptySubmodules: paths }: PromptFacts): string {
  if (paths.length === 0) return '';
  const more = paths.length > mostSubmodules ? ` and ${paths.length - mostSubmodules} more` : '';
  const named = paths.slice(0, mostSubmodules).map((path) => `\`${path}\``);
  return `\nThese git submodules are not checked out here, and their folders are empty: ${named.join(', ')}${more}. That is no change of yours: leave them as they are, and do without their files.`;
}

const mostSubmodules = 20;

function leftWork({ commits, earlier }: PromptFacts): string[] {
  const listed = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');
  const parts = [
    ...(earlier === null
      ? []
      : [`${earlier.agent} began this task and was cut short (${earlier.why}). You take over in the same checkout.`]),
    ...(commits.length === 0
      ? []
      : [
          `An earlier worker left these commits on the branch. Look at them and at \`git status\`, and go on from there:\n${listed(commits)}`,
        ]),
    ...(earlier === null || earlier.changes.length === 0 ? [] : [`All changes so far:\n${listed(earlier.changes)}`]),
    ...(earlier === null || earlier.uncommitted.length === 0
      ? []
      : [`Not committed yet:\n${listed(earlier.uncommitted.slice(0, mostFiles))}`]),
    ...(earlier?.lastWords == null ? [] : [`Its last words were:\n> ${clip(earlier.lastWords, longestWords).replaceAll('\n', '\n> ')}`]),
  ];
  return parts.length === 0 ? [] : [`# What is already there\n${parts.join('\n\n')}`];
}

/** The words that `declaresNoChange` recognizes, which are the same in every prompt that asks for them. */
export const askedWords =
  'If the whole task needs no change, change nothing, and let the very first words of your final message be "No change needed:", followed by the reason.';

const mostFiles = 30;
const longestWords = 2000;

function rules(facts: PromptFacts): string {
  const lines = [
    `Commit your work on this branch, in small commits, and mention ${facts.id} in each commit message.`,
    'Never push, never switch branches, never change remotes or git configuration: delivery is done for you.',
    'Never edit TODO.md: it is kept for you.',
    'Leave no uncommitted changes and no processes running when you end.',
    ...(facts.checks.length === 0
      ? []
      : [
          `Before delivery these commands must succeed here: ${facts.checks.map((check) => `\`${check}\``).join(', ')}. Run them yourself.`,
        ]),
    askedWords,
  ];
  return `# Rules\n${lines.map((line) => `- ${line}`).join('\n')}`;
}

/**
 * For a session that is resumed: says what is missing, and repeats the task, because both agents silently resume a session
 * that lost its beginning.
 */
export function continuePrompt(facts: {
  readonly id: string;
  readonly title: string;
  readonly body: string | null;
  readonly feedback: string;
}): string {
  const { id, title, body, feedback } = facts;
  const task = [`Go on with task ${id} in the same checkout and under the same rules: ${title}`, ...(body === null ? [] : [trimmed(body)])];
  return `${[feedback, ...task].join('\n\n')}\n`;
}

/** For a worker whose commits refer to commits of submodules that nobody else can fetch. */
export function submoduleFeedback(links: readonly { readonly path: string; readonly commit: string; readonly why: string }[]): string {
  const lines = links.map(({ path, commit, why }) => `- \`${path}\` at ${commit} (${why})`).join('\n');
  return `Your commits move git submodules to commits that cannot be fetched from the submodules’ own remotes, so a clone of this branch would fail:\n${lines}\n\nA submodule is not delivered for you. Set each of them back to a commit that its remote has, and make the change without it; commit that here.`;
}

/** Passes the last lines of a failed command to a worker. */
export function checkFeedback(facts: { readonly command: string; readonly code: number | null; readonly output: string }): string {
  const how = facts.code === null ? 'did not end in time' : `exited with ${facts.code}`;
  const lines = facts.output.trimEnd().split('\n').slice(-60).join('\n');
  return `The delivery check \`${facts.command}\` ${how}. Its output ends with:\n\n${lines.slice(-6000)}\n\nMend the cause, run the check yourself, and commit.`;
}
