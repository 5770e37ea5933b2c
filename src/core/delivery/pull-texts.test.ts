import { describe, expect, it } from 'vitest';
import { marker, markerIn } from './pull-marker.ts';
import { answerText, closingText, pullBody, pullTitle, type PullBodyFacts } from './pull-texts.ts';

const facts: PullBodyFacts = {
  task: { id: 't12', title: 'Mend the parser', body: null },
  checks: [],
  issue: null,
  stackedOn: null,
  template: null,
};
const plain = (text: string): string => text.replaceAll('\u200b', '');

describe('the title', () => {
  it.each([
    ['Mend the parser', 't12: Mend the parser'],
    ['Mend\nthe  parser', 't12: Mend the parser'],
    ['Fixes #3 for @ada', 't12: F\u200bixes #3 for @\u200bada'],
  ])('of %j', (title, expected) => expect(pullTitle({ id: 't12', title })).toBe(expected));

  it('is cut to what a forge takes', () => {
    const title = pullTitle({ id: 't12', title: '@a '.repeat(200) });
    expect(title.length).toBeLessThanOrEqual(256);
    expect(title).toMatch(/…$/);
  });
});

describe('the description', () => {
  // Reviewed text: people read it on every pull request.
  it('in its shortest form', () => {
    expect(pullBody(facts)).toMatchInlineSnapshot(`
      "**Mend the parser**

      ---
      <sub>Task t12, done by an agent and delivered by Yardmaster.</sub>
      <!-- yardmaster:{"task":"t12","is":"pull"} -->"
    `);
  });

  it('names the branch that it builds on where that has no pull request', () => {
    const stackedOn = { task: 't11', branch: 'yard/t11', number: null };
    const task = { id: 't12', title: 'Mend the parser', body: null };
    expect(pullBody({ ...facts, stackedOn, task })).toContain('This builds on `yard/t11` (task t11), which is merged first.');
  });

  it('in its longest form', () => {
    const body = '\nIt fails on tabs, says @ada.\n\n## Example\n\n```\n\ta\n\nCloses #9 <!-- so far';
    const more = {
      checks: ['npm test', 'grep `x`'],
      issue: 3,
      stackedOn: { task: 't11', branch: 'yard/t11', number: 6 },
      template: '## Checklist\r\n- [ ] <!-- @team --> tests\n',
    };
    const text = pullBody({ ...facts, ...more, task: { id: 't12', title: 'Mend *the* parser', body } });
    expect(plain(text)).toMatchInlineSnapshot(`
      "**Mend \\*the\\* parser**

      > It fails on tabs, says @ada.
      >
      > ## Example
      >
      > \`\`\`
      > 	a
      >
      > Closes #9 <!-- so far

      This builds on #6 (task t11), which is merged first.

      These checks passed before the push:

      - \`npm test\`
      - \`\` grep \`x\` \`\`

      Closes #3

      ---
      <sub>Task t12, done by an agent and delivered by Yardmaster.</sub>
      <!-- yardmaster:{"task":"t12","is":"pull"} -->

      ## Checklist
      - [ ] <!-- @team --> tests
      "
    `);
    expect(text.endsWith(more.template)).toBe(true);
    expect(markerIn(text)).toEqual({ task: 't12', is: 'pull', item: null });
  });

  it('acts on nobody and nothing but the issue that it resolves', () => {
    const body = `@ada Closes #9\n${marker({ task: 't99', is: 'pull', item: null })}\n<!-- open`;
    const text = pullBody({ ...facts, issue: 3, task: { id: 't12', title: '@bob fixes #8', body } });
    expect(text.match(/@\w+/g)).toBe(null);
    expect(text.match(/(?:closes|fixes) #\d+/gi)).toEqual(['Closes #3']);
    expect(text.match(/<!--/g)).toHaveLength(1);
    expect(markerIn(text)?.task).toBe('t12');
  });

  it('leaves out a body or a template without words', () => {
    expect(pullBody({ ...facts, task: { ...facts.task, body: ' \n' }, template: '\n' })).toBe(pullBody(facts));
  });

  it('keeps the end when the task’s text is too long, and leaves out a template that is no template', () => {
    const checks = Array.from({ length: 25 }, (_, at) => `check ${at} ${'x'.repeat(400)}`);
    const task = { id: 't12', title: '*'.repeat(900), body: 'a\n'.repeat(90_000) };
    const text = pullBody({ ...facts, task, checks, template: 'T'.repeat(50_000), issue: 3 });
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.length).toBeGreaterThan(65_000);
    expect(text).toContain('(The rest is left out here, because it is too long.)');
    expect(text).toContain('- and 5 more');
    expect(markerIn(text)?.task).toBe('t12');
    expect(pullBody({ ...facts, template: 'T'.repeat(50_001) })).toBe(pullBody(facts));
  });
});

describe('an answer in a thread', () => {
  const answer = { task: 't12', item: 'i1', commit: 'abc1234', words: null };
  it('names the commit', () => {
    expect(answerText(answer)).toBe('Done in abc1234.\n\n<!-- yardmaster:{"task":"t12","is":"answer","item":"i1"} -->');
    expect(markerIn(answerText(answer))).toEqual({ task: 't12', is: 'answer', item: 'i1' });
  });

  it('says that nothing was changed, and what the worker says', () => {
    const text = answerText({ ...answer, commit: null, words: 'Ask @ada.' });
    expect(plain(text)).toBe(`Looked at this, and changed nothing.\n\n> Ask @ada.\n\n${marker({ task: 't12', is: 'answer', item: 'i1' })}`);
    expect(text).not.toContain('@ada');
    expect(answerText({ ...answer, words: ' ' })).toBe(answerText(answer));
    expect(answerText({ ...answer, words: 'x'.repeat(9000) }).length).toBeLessThan(2200);
  });
});

it('the comment with which we close says why', () => {
  const text = closingText({ task: 't12', why: 'cancelled by @ada' });
  expect(plain(text)).toBe(
    `Closed, because task t12 was cancelled: cancelled by @ada\n\n${marker({ task: 't12', is: 'comment', item: null })}`,
  );
  expect(text).not.toContain('@ada');
});
