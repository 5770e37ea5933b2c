import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stop, StopReason } from './stop.ts';
import { failureKinds } from './failure.ts';
import { sampleOutcome, shown } from '../core.samples.ts';
import { inWords, type Said } from '../reason/said.ts';
import type { Outcome } from '../transcript/transcript.ts';
import { declaresNoChange, judge, type GitFacts } from './verdict.ts';

const clean: GitFacts = { commits: 0, dirty: [] };
const stop = (reason: StopReason, until: number | null = null): Stop => ({ reason, said: inWords(`ended for ${reason}`), until });
const judged = (given: {
  outcome?: Partial<Outcome>;
  stop?: Stop | null;
  git?: Partial<GitFacts>;
  resumed?: boolean;
  missing?: readonly string[];
  lastSign?: Said;
}) =>
  shown(
    judge({
      outcome: sampleOutcome(given.outcome),
      stop: given.stop ?? null,
      git: { ...clean, ...given.git },
      resumed: given.resumed ?? false,
      missing: given.missing ?? [],
      lastSign: given.lastSign ?? null,
    }),
  );

it.each([
  ['request', false, 'request'],
  ['request', true, 'session'],
  ['backend', true, 'backend'],
] as const)('%s in a session that was resumed (%#): %s', (failure, resumed, kind) => {
  expect(judged({ outcome: { ok: false, failure }, resumed }).kind).toBe(kind);
});

it('without a server that it needs nothing counts but a person who cancelled it', () => {
  const missing = ['docs', 'far'];
  expect(judged({ missing, git: { commits: 2 } })).toMatchObject({ kind: 'tools', message: 'without the MCP servers docs, far' });
  expect(judged({ missing: ['docs'], stop: stop('tools') })).toMatchObject({ kind: 'tools', message: 'without the MCP server docs' });
  expect(judged({ missing, stop: stop('cancelled') }).kind).toBe('cancelled');
});

describe('the agent ended in good order', () => {
  it('with commits: work', () => {
    expect(judged({ git: { commits: 1 } })).toEqual({ kind: 'work', message: '1 commit on the branch', until: null, feedback: null });
    expect(judged({ git: { commits: 2, dirty: ['a'] }, outcome: { denied: ['Bash'], lastWords: 'No change needed' } })).toMatchObject({
      kind: 'work',
      message: '2 commits on the branch',
    });
  });

  it('without one: no delivery, and the next worker is told what is missing', () => {
    expect(judged({})).toEqual({
      kind: 'no-delivery',
      message: 'the agent ended without an error, but there is no commit (nothing was changed)',
      until: null,
      feedback:
        'Your last turn ended, but this branch has no commit (nothing was changed). Finish the task and commit the result here. If the whole task needs no change, change nothing, and let the very first words of your final message be "No change needed:", followed by the reason.',
    });
    const left = judged({ git: { dirty: ['a', 'b', 'c', 'd', 'e', 'f'] } });
    expect(left.message).toBe('the agent ended without an error, but there is no commit (uncommitted changes to a, b, c, d, e)');
    expect(left.feedback).toContain('(uncommitted changes to a, b, c, d, e)');
  });

  it('without one, after a tool was denied: that is why', () => {
    expect(judged({ outcome: { denied: ['Bash', 'Edit'] } })).toEqual({
      kind: 'permission-denied',
      message: 'there is no commit, and the agent was denied Bash, Edit',
      until: null,
      feedback: null,
    });
  });

  it('and declared that nothing had to be changed: so it is, where nothing was', () => {
    const declared = { lastWords: '**No change needed**: it\tis\nthere.', denied: ['Bash'] };
    expect(judged({ outcome: declared })).toEqual({
      kind: 'no-change',
      message: '**No change needed**: it is there.',
      until: null,
      feedback: null,
    });
    expect(judged({ outcome: { ...declared, denied: [] }, git: { dirty: ['a'] } })).toMatchObject({ kind: 'no-delivery' });
    expect(judged({ outcome: { lastWords: `No change needed: ${'x'.repeat(1000)}` } }).message).toMatch(/^No change needed: x{281}…$/);
  });

  it('and only a part of its words says so: no delivery, and it is asked again', () => {
    const lastWords = 'I could not finish the migration. The README says:\n\n> No changes needed to run on Windows.';
    expect(judged({ outcome: { lastWords } })).toMatchObject({
      kind: 'no-delivery',
      feedback: expect.stringContaining('No change needed:') as string,
    });
  });

  it('in the moment in which we wanted to end it: what it did counts', () => {
    for (const reason of ['stopped', 'stalled', 'wall-time', 'budget', 'turns', 'rate-limit', 'lost'] as const) {
      expect(judged({ stop: stop(reason), git: { commits: 1 } }).kind, reason).toBe('work');
      expect(judged({ stop: stop(reason) }).kind, reason).toBe(reason === 'stopped' ? 'stopped' : 'no-delivery');
    }
  });
});

describe('the agent did not end in good order', () => {
  it.each(failureKinds)('%s: as the adapter concludes, whatever commits there are', (failure) => {
    const outcome = { ok: false, failure, message: 'as told', until: 77, lastWords: 'No change needed' };
    for (const git of [clean, { commits: 3, dirty: [] }])
      expect(judged({ outcome, git })).toEqual({ kind: failure, message: 'as told', until: 77, feedback: null });
  });

  it('without a kind: it crashed', () => {
    expect(judged({ outcome: { ok: false, message: 'exit 1' }, git: { commits: 1 } })).toEqual({
      kind: 'crashed',
      message: 'exit 1',
      until: null,
      feedback: null,
    });
  });

  it.each([
    ['lost', 'killed'],
    ['stalled', 'stalled'],
    ['wall-time', 'wall-time'],
    ['budget', 'budget'],
    ['turns', 'turns'],
    ['usage-limit', 'usage-limit'],
    ['stopped', 'stopped'],
  ] as const)('because we ended it (%s): %s, whatever the adapter makes of the signal', (reason, kind) => {
    const outcome = { ok: false, failure: 'killed', until: 5 } as const;
    expect(judged({ outcome, stop: stop(reason, 99) })).toEqual({ kind, message: `ended for ${reason}`, until: 99, feedback: null });
  });

  it('and what its transcript ends with is told', () => {
    const lastSign: Said = { code: 'last-words', facts: { text: 'I am still testing' } };
    expect(judged({ outcome: { ok: false, lastWords: 'other' }, stop: stop('stalled'), lastSign }).message).toBe(
      'ended for stalled; its last words: "I am still testing"',
    );
  });
});

it('a person’s cancellation stands above all', () => {
  for (const ok of [true, false]) {
    const given = { outcome: { ok, failure: ok ? null : ('auth' as const) }, stop: stop('cancelled'), git: { commits: 4 } };
    expect(judged(given)).toEqual({ kind: 'cancelled', message: 'ended for cancelled', until: null, feedback: null });
  }
});

describe('declaresNoChange', () => {
  it.each([
    'no change needed',
    'No change needed: the file is there.',
    'No changes needed.',
    'NO CHANGES ARE NEEDED',
    'No change is needed, because …',
    '**No change needed** — it is done.',
    '`no change needed`',
    '# No change needed',
    '\n\n## **No change needed**\n\nIt is there.',
    'No change needed\r\nIt is there.',
    'No changes are needed because it is there.',
    'No change needed - it is there, but written otherwise.',
    'No change needed (it is there).',
    '*No change needed.* It is there.',
    '***No changes needed!***',
    'No change needed; it is there.',
    '  \tNo change needed',
    '"No change needed": it is there.',
    "'no changes needed'",
    '“No change needed”: it is there.',
    '**"No change needed"**',
  ])('%j does', (words) => {
    expect(declaresNoChange(words)).toBe(true);
  });

  it.each([
    '',
    'Done.',
    'There was no change needed in a.ts, so I changed b.ts.',
    'I would not say "no change needed".',
    'Say: no change needed',
    'no change neededness',
    'nochange needed',
    'no  change needed',
    'It says "no change needed"',
    '(no change needed)',
    'no change\nneeded',
    'no change was needed',
    '1. no change needed',
    'Unless no change needed',
    'I could not finish it.\n\n> No changes needed to run on Windows.',
    'I did a part.\n\n- no change needed in package.json\n- the rest is open',
    'I looked at it.\n\nNo change needed: it is done.',
    '> No change needed.',
    '- no change needed',
    '* no change needed',
    '#no change needed',
    'No change needed to a.ts, but I did not finish b.ts.',
    'No changes needed in package.json.',
    'No change needed for Windows',
    'No change needed as-yet-unknown',
    'No change needed, but I could not run the tests.',
    'No change needed — **but** b.ts is open.',
    'No change needed: except in b.ts.',
  ])('%j does not', (words) => {
    expect(declaresNoChange(words)).toBe(false);
  });

  it('takes time in proportion to the text: what is quadratic would take minutes here', () => {
    expect(declaresNoChange(`no change needed:${' -'.repeat(300_000)}`)).toBe(true);
    for (const piece of ['\n', ' ', '> ', '-\n', '\t\r\n', '#', '*', '# ', 'no change needed'])
      expect(declaresNoChange(piece.repeat(300_000))).toBe(false);
  });
});

// Words that a naive reader would take as a sign of failure or success.
const alarming = fc.constantFrom(
  '401',
  'Error 429:',
  'permission denied',
  'rate limit',
  'usage limit reached',
  'authentication_error',
  'overloaded',
  'refused',
  'DONE',
  'success',
  'exit 0',
  'I committed it',
  'crashed',
  '\n',
  ' ',
  'no change',
  'needed',
);
const prose = fc.option(
  fc.array(alarming, { maxLength: 12 }).map((parts) => parts.join(' ')),
  { nil: null },
);
/** Every second one declares that no change is needed. */
const anyLastWords = fc.oneof(
  prose,
  prose.map((words) => `No change needed.\n${words ?? ''}`),
);
const anyOutcome = fc.record({
  ok: fc.boolean(),
  failure: fc.option(fc.constantFrom(...failureKinds), { nil: null }),
  until: fc.option(fc.nat(), { nil: null }),
  denied: fc.array(fc.constantFrom('Bash', 'Edit'), { maxLength: 2 }),
});
const anyStop = fc.option(
  fc.constantFrom<StopReason>('lost', 'cancelled', ...failureKinds).map((reason) => stop(reason)),
  { nil: null },
);
const anyGit = fc.oneof(
  fc.constant(clean),
  fc.record({ commits: fc.nat(3), dirty: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }) }),
);

describe('whatever the agent says', () => {
  it('prose decides nothing but "no change needed" with a clean tree', () => {
    let declared = 0;
    fc.assert(
      fc.property(anyOutcome, anyStop, anyGit, anyLastWords, prose, (outcome, ended, git, lastWords, said) => {
        const message = said ?? '';
        const silent = judged({ outcome: { ...outcome, lastWords: null, message: '' }, stop: ended, git });
        const verdict = judged({ outcome: { ...outcome, lastWords, message }, stop: ended, git });
        if (verdict.kind === 'no-change') {
          declared += 1;
          expect({ ok: outcome.ok, git, declared: declaresNoChange(lastWords ?? '') }).toEqual({ ok: true, git: clean, declared: true });
        } else {
          expect({ ...verdict, message: '' }).toEqual({ ...silent, message: '' });
        }
      }),
      { numRuns: 500 },
    );
    expect(declared).toBeGreaterThan(10);
  });

  it('work is an end in good order with commits, and nothing else', () => {
    fc.assert(
      fc.property(anyOutcome, anyStop, anyGit, anyLastWords, (outcome, ended, git, lastWords) => {
        const { kind } = judged({ outcome: { ...outcome, lastWords }, stop: ended, git });
        expect(kind === 'work').toBe(outcome.ok && git.commits > 0 && ended?.reason !== 'cancelled');
        expect(kind === 'cancelled').toBe(ended?.reason === 'cancelled');
      }),
      { numRuns: 500 },
    );
  });
});
