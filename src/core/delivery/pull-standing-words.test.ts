import { describe, expect, it } from 'vitest';
import { needsPerson, type PullStep } from './pull-request.ts';
import type { PullStandingFacts } from './pull-standing.ts';
import { pullStandingWords, type PullAbout } from './pull-standing-words.ts';

type Code = keyof PullStandingFacts;
const rounds = (used: number, most = 3) => ({ kind: 'checks', used, most }) as const;

const facts: PullStandingFacts = {
  'forge-computes': {},
  'head-of-person': { head: '0123456789abcdef' },
  'checks-running': { names: ['test', 'lint'] },
  'checks-rerun': { names: ['test'] },
  'checks-failed': { names: ['test'], rounds: rounds(1) },
  'checks-unknown': { lacking: 'checks: read' },
  'changes-requested': { items: 2, rounds: rounds(3) },
  conflict: { base: 'main', rounds: rounds(0, 0) },
  behind: { base: 'main' },
  'update-refused': { message: 'a file is in the way' },
  draft: {},
  stacked: { on: 't11' },
  retargeting: { base: 'main' },
  'in-line': { base: 'main' },
  'in-queue': {},
  ejected: { at: 5 },
  merging: {},
  'merge-refused': { message: 'Required status check "x" is expected.' },
  'ready-to-merge': {},
  'waiting-for-people': {},
  merged: { commit: '0123456789abcdef' },
  verifying: { commit: '0123456789abcdef' },
  'verify-failed': { command: 'npm test', output: 'a\n1 failed\n\n' },
  closed: { by: 'ada' },
};
const words = <C extends Code>(code: C, more: Partial<PullStandingFacts[C]> = {}, isOurs = false, wish: PullAbout['wish'] = null) => {
  const why = { code, facts: { ...facts[code], ...more } } as PullStep['why'];
  const step: PullStep = isOurs ? { do: 'update', how: 'rebase', why } : { do: 'wait', for: 'people', why };
  return pullStandingWords(why, { task: 't12', number: 7, needsPerson: needsPerson(step), wish });
};

describe('where a pull request stands', () => {
  it.each([
    ['closed', '#7 builds on the branch of t11, whose pull request was closed'],
    ['gone', '#7 builds on the branch of t11, which no task delivers any more'],
  ] as const)('one of a stack says that the lower one is %s', (lower, text) => {
    const advice =
      'if its work is not needed, cancel it with yardmaster cancel t12; otherwise choose another base on its page, and its own commits are moved onto that';
    expect(words('stacked', { lower })).toEqual({ text, advice, command: 'yardmaster open t12' });
  });

  it('says that somebody has asked for its merge, unless it is being merged', () => {
    expect(words('stacked', {}, false, 'holds').text).toBe(
      '#7 builds on the branch of t11, which is merged first; somebody has asked for its merge',
    );
    expect(words('ready-to-merge', {}, false, 'void').text).toBe(
      '#7 is ready to merge; its head has changed since you asked: look at it, and ask again',
    );
    expect(words('merging', {}, true, 'holds').text).toBe('#7 is being merged');
  });

  // Reviewed text: people read it word for word.
  it('is said for a person, with the command that helps', () => {
    const lines = (Object.keys(facts) as Code[]).map((code) => {
      const { text, advice, command } = words(code);
      return `${code}: ${text} → ${advice}${command === null ? '' : ` (${command})`}`;
    });
    expect(lines).toMatchInlineSnapshot(`
      [
        "forge-computes: the forge has not finished computing the state of #7 → it goes on by itself after that",
        "head-of-person: somebody else pushed 0123456789 to the branch of #7 → their commits are fetched, and the work goes on on top of them",
        "checks-running: checks are running on #7: test, lint → it goes on by itself once they end (yardmaster pr t12)",
        "checks-rerun: checks of #7 failed in a way that looks like the fault of their machine, and run once more: test → it goes on by itself once they end (yardmaster pr t12)",
        "checks-failed: checks failed on #7: test; a worker was given it and did not resolve it → resolve it on its branch yourself, or let a worker try again (yardmaster retry t12)",
        "checks-unknown: the token may not read the checks of #7: it lacks checks: read → give the token that right, or look at the checks yourself and merge it (yardmaster merge t12)",
        "changes-requested: 2 review comments on #7 are unanswered; a worker had its 3 rounds (delivery.fix) → to merge it all the same, run yardmaster merge t12; otherwise resolve it on its branch yourself, or let a worker try again (yardmaster retry t12)",
        "conflict: #7 conflicts with main; no worker is given it, because delivery.fix says so → resolve it on its branch yourself, or let a worker try again (yardmaster retry t12)",
        "behind: #7 lacks commits of main → its branch is updated",
        "update-refused: the branch of #7 could not be brought up to date with its base: a file is in the way → fix that, or bring the branch up to date yourself, then try again (yardmaster retry t12)",
        "draft: #7 is a draft → mark it as ready for review on its page; it goes on by itself after that (yardmaster open t12)",
        "stacked: #7 builds on the branch of t11, which is merged first → it goes on once t11 is merged (yardmaster explain t11)",
        "retargeting: #7 gets main as its base → it goes on by itself after that",
        "in-line: another pull request is merged into main before #7 → it goes on by itself after that (yardmaster pr)",
        "in-queue: #7 is in the merge queue → the forge merges it when it is its turn (yardmaster open t12)",
        "ejected: #7 was thrown out of the merge queue → look on its page for why, then merge it again (yardmaster merge t12)",
        "merging: #7 is being merged → it goes on by itself after that",
        "merge-refused: the forge refused to merge #7: Required status check "x" is expected. → fix what the forge says, then merge it again (yardmaster merge t12)",
        "ready-to-merge: #7 is ready to merge → merge it (yardmaster merge t12)",
        "waiting-for-people: #7 waits for people: a review, or something else that the rules of its base demand, is missing → review it on its page; it goes on by itself after that (yardmaster open t12)",
        "merged: #7 was merged as 0123456789 → nothing to do: the next pulse finishes its task",
        "verifying: #7 was merged as 0123456789, and what was merged is being verified → it goes on by itself after that (yardmaster pr t12)",
        "verify-failed: #7 was merged, but \`npm test\` failed on its base: 1 failed → mend the base, for example by a new task, then verify it again (yardmaster retry t12)",
        "closed: #7 was closed without being merged by ada → if its work is not needed, cancel it with yardmaster cancel t12; if another pull request is to be opened for it, run yardmaster retry t12; otherwise reopen this one on its page, and its task goes on (yardmaster open t12)",
      ]
    `);
  });

  it('is said otherwise while it is ours to resolve', () => {
    expect(words('checks-failed', {}, true).advice).toBe('a worker is given their output');
    expect(words('changes-requested', {}, true).advice).toBe('a worker is given what was said');
    expect(words('conflict', {}, true).advice).toBe('its branch is updated, by a worker if need be');
  });

  it('names a command wherever a person has something to do', () => {
    const known = /^yardmaster (?:merge|retry|open|pr) t12$/;
    const people: readonly Code[] = [
      ...(['checks-failed', 'checks-unknown', 'changes-requested', 'conflict', 'draft', 'ejected', 'merge-refused'] as const),
      'update-refused',
      ...(['ready-to-merge', 'waiting-for-people', 'verify-failed', 'closed'] as const),
    ];
    for (const code of people) expect(words(code).command).toMatch(known);
  });

  it('depends on what the facts say', () => {
    expect(words('changes-requested', { items: 1 }).text).toBe(
      '1 review comment on #7 is unanswered; a worker had its 3 rounds (delivery.fix)',
    );
    expect(words('changes-requested', { items: 0 }).command).toBe('yardmaster merge t12');
    expect(words('merged', { commit: null }).text).toBe('#7 was merged');
    expect(words('closed', { by: null }).text).toBe('#7 was closed without being merged');
    expect(words('verify-failed', { output: '' }).text).toBe('#7 was merged, but `npm test` failed on its base');
  });

  it('keeps foreign text short and on one line', () => {
    const names = Array.from({ length: 7 }, (_, at) => `job ${at}\n${'x'.repeat(at * 50)}`);
    const { text } = words('checks-running', { names });
    expect(text).toContain('job 0, job 1 xxx');
    expect(text).toMatch(/… and 2 more$/);
    expect(text).not.toContain('\n');
    expect(words('merge-refused', { message: 'x'.repeat(9000) }).text.length).toBeLessThan(400);
  });
});
