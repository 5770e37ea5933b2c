// The forge's stage as the contract of forges' issues needs it, with a clock that the test moves.
import { accountOf, repositoryOf } from '../../../ports/forge.samples.ts';
import type { IssuesStage } from '../../../ports/forge-issues.samples.ts';
import type { ForgeAccount } from '../../../ports/forge.ts';
import { name, onStage, type OnStage } from '../stage.samples.ts';

export interface IssuesOnStage extends IssuesStage {
  readonly on: OnStage;
  readonly account: ForgeAccount;
}

const lost = { create: /\/issues$/, comment: /\/comments$/, setParent: /\/sub_issues$/ } as const;

export async function issuesOnStage(): Promise<IssuesOnStage> {
  let now = Date.now();
  const on = await onStage({ now: () => now });
  const { github } = on;
  const account = await accountOf(on, 5000);
  const at = (number: number) => ({ repository: name, number });
  const commentOf = (number: number, id: string) => {
    const found = on
      .repository()
      .items.get(number)
      ?.comments.find((one) => String(one.id) === id);
    if (found === undefined) throw new Error(`there is no comment ${id}`);
    return found;
  };
  return {
    ...{ on, account, issues: account.issues, repository: repositoryOf(on) },
    open: async ({ by, labels = [], ...text }) => {
      const { number } = github.as(by).openIssue({ repository: name, title: 'Fix the parser', ...text });
      github.as(by).label(at(number), ...labels);
      return number;
    },
    edit: async ({ number, by, title, body, state, reason, labels, assignees }) => {
      const person = github.as(by);
      const item = on.repository().items.get(number);
      person.editIssue(at(number), { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) });
      if (labels !== undefined) {
        person.unlabel(at(number), ...(item?.labels.filter((label) => !labels.includes(label)) ?? []));
        person.label(at(number), ...labels);
      }
      if (assignees !== undefined) person.assign(at(number), ...assignees);
      if (state === 'open') person.reopen(at(number));
      if (state === 'closed') person.close(at(number), { reason: reason === 'not-planned' ? 'not_planned' : 'completed' });
    },
    comment: async ({ number, by, text }) => String(github.as(by).comment(at(number), text).id),
    deleteComment: async ({ number, id }) => github.as('grace').deleteComment(at(number), commentOf(number, id)),
    remove: async (number) => github.as('grace').deleteIssue(at(number)),
    transfer: async (number) => {
      github.addRepository({ name: 'acme/other', people: { ada: 'write', grace: 'write' } });
      return `acme/other#${github.as('grace').transferIssue(at(number), 'acme/other').number}`;
    },
    setParent: async (number, to) => {
      if (to === 'elsewhere') github.addRepository({ name: 'acme/other', people: { ada: 'write', grace: 'write' } });
      const elsewhere = { repository: 'acme/other', number: 0 };
      if (to === 'elsewhere') elsewhere.number = github.as('grace').openIssue({ repository: 'acme/other', title: 'Another' }).number;
      github.as('grace').setParent(at(number), to === 'none' ? null : to === 'elsewhere' ? elsewhere : at(to));
    },
    convert: async (number) => github.as('grace').convertIssue(at(number)),
    openPull: async () => {
      await on.push({ branch: 'one', from: 'main', path: 'one.txt', text: 'one\n' });
      return github.as('grace').open({ repository: name, head: 'one' }).number;
    },
    loseAnswer: (call) => github.fail({ method: 'POST', path: lost[call], how: { drop: 'after' } }),
    tick: () => {
      now += 1000;
    },
    dispose: () => on.dispose(),
  };
}
