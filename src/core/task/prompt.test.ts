import { describe, expect, it } from 'vitest';
import { checkFeedback, continuePrompt, submoduleFeedback, taskPrompt, type PromptFacts } from './prompt.ts';

const facts: PromptFacts = {
  id: 't12',
  title: 'Mend the parser',
  body: null,
  branch: 'yard/t12-mend-the-parser',
  stackedOn: null,
  worktree: '/trees/1-t12-1',
  commits: [],
  checks: [],
  emptySubmodules: [],
  earlier: null,
};

/** The part of the prompt between where the worker is and the rules. */
const leftOf = (more: Partial<PromptFacts>): string =>
  /(# What is already there\n.*?)\n\n# Rules/s.exec(taskPrompt({ ...facts, ...more }))?.[1] ?? '';

// Reviewed text: agents see it word for word. A change here changes the instructions of every worker.
describe('the prompt of a task', () => {
  it('in its shortest form', () => {
    expect(taskPrompt(facts)).toMatchInlineSnapshot(`
      "You are working alone on one task in a git repository. Nobody will answer questions: decide for yourself and finish.

      # Task t12: Mend the parser

      # Where
      Your working directory is a checkout made for this task, with a git repository of its own: /trees/1-t12-1
      It is on the branch yard/t12-mend-the-parser. Work only here.

      # Rules
      - Commit your work on this branch, in small commits, and mention t12 in each commit message.
      - Never push, never switch branches, never change remotes or git configuration: delivery is done for you.
      - Never edit TODO.md: it is kept for you.
      - Leave no uncommitted changes and no processes running when you end.
      - If the whole task needs no change, change nothing, and let the very first words of your final message be "No change needed:", followed by the reason.
      "
    `);
  });

  it('names submodules whose folders are empty, the first twenty of them', () => {
    const paths = Array.from({ length: 22 }, (_, at) => `lib/${at}`);
    const where = (emptySubmodules: readonly string[]) =>
      taskPrompt({ ...facts, emptySubmodules })
        .split('\n\n')[2]
        ?.split('\n')
        .at(-1);
    expect(where(['lib/a', 'b'])).toBe(
      'These git submodules are not checked out here, and their folders are empty: `lib/a`, `b`. That is no change of yours: leave them as they are, and do without their files.',
    );
    expect(where(paths)).toContain('`lib/19` and 2 more.');
    expect(where(paths)).not.toContain('lib/20');
  });

  it('in its longest form', () => {
    const more = {
      body: '\n  It fails on tabs.\n\n## Example\n\n\ta\n',
      commits: ['abc1234 t12: a test', 'def5678 t12: a start'],
      checks: ['npm test', 'npm run lint'],
    };
    expect(taskPrompt({ ...facts, ...more })).toMatchInlineSnapshot(`
      "You are working alone on one task in a git repository. Nobody will answer questions: decide for yourself and finish.

      # Task t12: Mend the parser

        It fails on tabs.

      ## Example

      	a

      # Where
      Your working directory is a checkout made for this task, with a git repository of its own: /trees/1-t12-1
      It is on the branch yard/t12-mend-the-parser. Work only here.

      # What is already there
      An earlier worker left these commits on the branch. Look at them and at \`git status\`, and go on from there:
      - abc1234 t12: a test
      - def5678 t12: a start

      # Rules
      - Commit your work on this branch, in small commits, and mention t12 in each commit message.
      - Never push, never switch branches, never change remotes or git configuration: delivery is done for you.
      - Never edit TODO.md: it is kept for you.
      - Leave no uncommitted changes and no processes running when you end.
      - Before delivery these commands must succeed here: \`npm test\`, \`npm run lint\`. Run them yourself.
      - If the whole task needs no change, change nothing, and let the very first words of your final message be "No change needed:", followed by the reason.
      "
    `);
  });

  it('for one that takes over what another one began', () => {
    const earlier = {
      agent: 'opencode',
      why: 'usage-limit: the limit is reached',
      lastWords: 'I have mended the parser.\nNow I run the tests.',
      changes: ['M src/parser.ts', 'A src/tabs.ts'],
      uncommitted: ['A src/tabs.ts'],
    };
    expect(leftOf({ commits: ['abc1234 t12: a test'], earlier })).toMatchInlineSnapshot(`
      "# What is already there
      opencode began this task and was cut short (usage-limit: the limit is reached). You take over in the same checkout.

      An earlier worker left these commits on the branch. Look at them and at \`git status\`, and go on from there:
      - abc1234 t12: a test

      All changes so far:
      - M src/parser.ts
      - A src/tabs.ts

      Not committed yet:
      - A src/tabs.ts

      Its last words were:
      > I have mended the parser. Now I run the tests."
    `);
    expect(leftOf({ earlier: { ...earlier, lastWords: null, changes: [], uncommitted: [] } })).toMatchInlineSnapshot(`
      "# What is already there
      opencode began this task and was cut short (usage-limit: the limit is reached). You take over in the same checkout."
    `);
  });

  it('names of what is not committed the first thirty, and of long last words the beginning', () => {
    const uncommitted = Array.from({ length: 40 }, (_, index) => `M file-${index}`);
    const told = leftOf({ earlier: { agent: 'a', why: 'w', lastWords: 'x'.repeat(9000), changes: [], uncommitted } });
    expect(told).toContain('- M file-29\n');
    expect(told).not.toContain('M file-30');
    expect(told.length).toBeLessThan(3000);
  });

  it('tells the worker by what a run without a change is known', () => {
    expect(taskPrompt(facts)).toContain('let the very first words of your final message be "No change needed:"');
  });
});

it('a session that goes on is told what is missing, and its task once more', () => {
  const facts = { id: 't12', title: 'Say hello', feedback: 'The check failed.' };
  expect(continuePrompt({ ...facts, body: 'Loudly.\n' })).toMatchInlineSnapshot(`
    "The check failed.

    Go on with task t12 in the same checkout and under the same rules: Say hello

    Loudly.
    "
  `);
  expect(continuePrompt({ ...facts, body: null })).toBe(
    'The check failed.\n\nGo on with task t12 in the same checkout and under the same rules: Say hello\n',
  );
});

describe('a failed check', () => {
  it('is told with its output', () => {
    expect(checkFeedback({ command: 'npm test', code: 1, output: '\n1 failed\n  at a.ts\n\n' })).toMatchInlineSnapshot(`
      "The delivery check \`npm test\` exited with 1. Its output ends with:


      1 failed
        at a.ts

      Mend the cause, run the check yourself, and commit."
    `);
  });

  it('may not have ended', () => {
    expect(checkFeedback({ command: 'npm test', code: null, output: '' })).toMatch(/^The delivery check `npm test` did not end in time\. /);
  });

  it('is told by its last 60 lines, and of those by the last 6000 characters', () => {
    const many = checkFeedback({ command: 'c', code: 2, output: Array.from({ length: 100 }, (_, n) => `line ${n}`).join('\n') });
    expect(many).toContain('\n\nline 40\n');
    expect(many).not.toContain('line 39');
    const long = checkFeedback({ command: 'c', code: 2, output: `start${'x'.repeat(10_000)}end` });
    expect(long).toContain(`\n\n${'x'.repeat(5997)}end\n\n`);
  });
});

describe('a commit of a submodule that cannot be fetched', () => {
  it('is told by its path, its name and why', () => {
    expect(submoduleFeedback([{ path: 'deps/lib', commit: 'abc123', why: 'its remote does not have it' }])).toMatchInlineSnapshot(`
      "Your commits move git submodules to commits that cannot be fetched from the submodules’ own remotes, so a clone of this branch would fail:
      - \`deps/lib\` at abc123 (its remote does not have it)

      A submodule is not delivered for you. Set each of them back to a commit that its remote has, and make the change without it; commit that here."
    `);
  });
});

it('says whose work it builds on, if it starts from another task’s branch', () => {
  const prompt = taskPrompt({ ...facts, stackedOn: { task: 't11', branch: 'yard/t11-read-tabs' } });
  expect(prompt).toContain(
    'Work only here.\nIt starts from the branch yard/t11-read-tabs, which has the work of task t11. That work is not merged yet: build on it.\n',
  );
});
