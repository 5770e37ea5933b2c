// Formats a transcript as rows for people: the time in a dim column, the agent's text unchanged, and everything else on one
// line of the terminal's width.
import type { Attempt } from '../core/task/attempt.ts';
import { saidText } from '../core/reason/said-words.ts';
import { clip, dollars } from '../lib/table.ts';
import type { StoredEvent } from '../ports/store.ts';
import type { Screen } from './context.ts';
import { paint } from './paint.ts';
import { charged } from '../api/task-view.ts';
import { shownEvent } from './transcript-line.ts';

/** The width of `12:34:56` and two spaces. */
const timeColumns = 10;

export function transcriptRow(screen: Screen, attempt: Pick<Attempt, 'worktree'>): (stored: StoredEvent) => string {
  const { act, bad, dim, good } = paint(screen);
  const tones = { words: String, act, aside: dim, good, bad } as const;
  const width = screen.isTTY ? Math.max(20, screen.columns - timeColumns) : Infinity;
  const indent = ' '.repeat(timeColumns);
  return (stored) => {
    const shown = shownEvent(stored.event);
    if (shown === null) return '';
    const time = dim(new Date(stored.at).toTimeString().slice(0, timeColumns - 2));
    const tone = tones[shown.tone];
    if (shown.tone === 'words') return `${time}  ${shown.text.replaceAll('\n', `\n${indent}`)}\n`;
    // All files that the agent works on are in the worktree, and its path is longer than most lines.
    const short = attempt.worktree === null ? shown.text : shown.text.replaceAll(`${attempt.worktree}/`, '');
    const lead = /^ */.exec(short)?.[0] ?? '';
    return `${time}  ${tone(lead + clip(short, width - lead.length))}\n`;
  };
}

/** The verdict of a closed attempt and its cost. */
export function ending(screen: Screen, attempt: Attempt): string {
  const { bad, good } = paint(screen);
  const { verdict } = attempt;
  if (verdict === null) return '';
  const cost = charged(attempt);
  const tone = verdict.kind === 'work' || verdict.kind === 'no-change' ? good : bad;
  return `${tone(`attempt ${attempt.number}: ${verdict.kind}`)}: ${saidText(verdict.said)}${cost === 0 ? '' : ` (${dollars(cost)})`}\n`;
}
