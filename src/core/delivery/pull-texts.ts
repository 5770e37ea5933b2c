// What we write at a forge about a task: a pull request's title and description, the answer in a thread, and the comment
// with which we close. Text of the task acts on nobody there (`inert-markdown.ts`), and everything carries our marker.
import { clip } from '../clip.ts';
import type { StackedOn } from './stacked-on.ts';
import { codeSpan, inert, quotation } from './inert-markdown.ts';
import { marker } from './pull-marker.ts';

/** GitHub's limits. It counts characters of Unicode, of which a string never has more than this counts. */
const longestTitle = 256;
const longestBody = 65_536;
/** Beyond this, a template would leave no room for what the pull request is about. */
const longestTemplate = 50_000;

interface TaskText {
  readonly id: string;
  readonly title: string;
}

/** The title becomes the message of a squash merge, where closing keywords act as well. */
export function pullTitle({ id, title }: TaskText): string {
  return clip(`${id}: ${inert(clip(title, longestTitle))}`, longestTitle);
}

export interface PullBodyFacts {
  readonly task: TaskText & { readonly body: string | null };
  /** The commands that passed before the push. */
  readonly checks: readonly string[];
  /** The issue that this resolves, in the same repository. */
  readonly issue: number | null;
  /** The task whose branch is the base of this one, and its pull request; `number` is null if it has none. */
  readonly stackedOn: (StackedOn & { readonly number: number | null }) | null;
  /** The repository's own template. It stays as it is, below our part. */
  readonly template: string | null;
}

export function pullBody(facts: PullBodyFacts): string {
  const { task, template } = facts;
  const below = template === null || template.trim() === '' || template.length > longestTemplate ? '' : `\n\n${template}`;
  const before = `**${inlineText(task.title)}**`;
  const after = [...notes(facts), footer(task.id)].join('\n\n');
  const room = longestBody - below.length - before.length - after.length - 4;
  const text = task.body === null || task.body.trim() === '' ? [] : [quotation({ text: task.body, limit: room })];
  return `${[before, ...text, after].join('\n\n')}${below}`;
}

function notes({ checks, issue, stackedOn }: PullBodyFacts): string[] {
  const passed = checks.slice(0, mostChecks).map((check) => `- ${codeSpan(clip(check, 300))}`);
  if (checks.length > mostChecks) passed.push(`- and ${checks.length - mostChecks} more`);
  return [
    ...(stackedOn === null ? [] : [`This builds on ${lowerName(stackedOn)} (task ${inlineText(stackedOn.task)}), which is merged first.`]),
    ...(passed.length === 0 ? [] : [`These checks passed before the push:\n\n${passed.join('\n')}`]),
    ...(issue === null ? [] : [`Closes #${issue}`]),
  ];
}

function lowerName({ number, branch }: NonNullable<PullBodyFacts['stackedOn']>): string {
  return number === null ? codeSpan(branch) : `#${number}`;
}

const mostChecks = 20;

function footer(id: string): string {
  return `---\n<sub>Task ${inlineText(id)}, done by an agent and delivered by Yardmaster.</sub>\n${marker({ task: id, is: 'pull', item: null })}`;
}

/** One line of text whose characters have no meaning in Markdown. */
function inlineText(text: string): string {
  return inert(clip(text, longestTitle)).replace(/[\\`*_[\]<>~|]/g, String.raw`\$&`);
}

export interface AnswerFacts {
  readonly task: string;
  /** The review item's id. */
  readonly item: string;
  /** The commit that does it; null if nothing was changed. */
  readonly commit: string | null;
  /** What the worker says about it; null: nothing. */
  readonly words: string | null;
}

/** Our answer to a review item. */
export function answerText({ task, item, commit, words }: AnswerFacts): string {
  const done = commit === null ? 'Looked at this, and changed nothing.' : `Done in ${commit}.`;
  const said = words === null || words.trim() === '' ? [] : [quotation({ text: words, limit: longestWords })];
  return [done, ...said, marker({ task, is: 'answer', item })].join('\n\n');
}

const longestWords = 2000;

/** The comment with which we close a pull request. */
export function closingText({ task, why }: { readonly task: string; readonly why: string }): string {
  const text = `Closed, because task ${inlineText(task)} was cancelled: ${inlineText(why)}`;
  return `${text}\n\n${marker({ task, is: 'comment', item: null })}`;
}
