// `init`: registers a repository. It offers two files to start from, and ids for the lines of a task list that have none.
import { access, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { loadSettings } from '../../config/load.ts';
import type { TodoFile } from '../../ports/todo-file.ts';
import { linesWithout, planIds, writeIds, type Assigning } from '../assign.ts';
import { openStore, openTodo, repositoryNoted, workableRepoAt } from '../compose.ts';
import { confirm, isTerminal } from '../confirm.ts';
import { printJson, type CliContext } from '../context.ts';
import { offerTrust } from '../trust.ts';

const files: Readonly<Record<string, string>> = {
  'TODO.md': `# To do

A task is a line with an id, and \`#auto-dispatch\` lets Yardmaster start it by itself. The two examples are in a
comment, so that they are not started:

<!--
- [ ] t1 Say in one line what has to be done #auto-dispatch
- [ ] t2 Another task, after the first #auto-dispatch blocked-by:t1
-->
`,
  'yardmaster.yaml': `# Yardmaster's settings for this repository. \`yardmaster config\` shows every key, its value and its origin.
# Keys that run commands, such as setup and checks, have an effect once you trust them; \`yardmaster trust\` asks you.
# models:
#   default: opus            # a tier, or provider/model
# worker:
#   maxBudgetUsd: 5
# delivery:
#   base: main               # the branch to start from (default: the remote's default branch)
#   setup: npm ci            # run once in each new worktree
#   checks: [npm test]       # must succeed before a branch is pushed
`,
};

export async function init(this: CliContext, flags: { json?: boolean; yes?: boolean; trust?: boolean }, dir?: string): Promise<void> {
  const at = resolve(this.cwd, dir ?? '.');
  const root = await workableRepoAt(at);
  if (root === null)
    throw new Fault({
      code: 'not-a-repository',
      message: `${at} is not in a git repository`,
      hint: 'run `git init` and make a first commit, or give the folder of a repository',
    });
  const { settings } = await loadSettings({ env: this.env, repo: root, flags: {} });
  const { facts, notes } = await repositoryNoted({ root, delivery: settings.delivery });
  const store = await openStore(this);
  try {
    const added = await store.addRepo({ root, at: systemClock.now() });
    const untrusted = await offerTrust(this, { repo: root, given: flags.trust === true || flags.yes === true, ask: flags.json !== true });
    const written = await offerFiles(this, { root, yes: flags.yes === true, ask: flags.json !== true });
    const todo = openTodo();
    const path = join(root, 'TODO.md');
    const lacking = await planIds({ store, todo, repo: root, path, ids: settings.todo.ids });
    const assigned =
      lacking !== null && lacking.patch !== '' && flags.yes !== true && flags.json !== true && (await offerIds(this, { todo, lacking }));
    const lines = assigned ? 0 : (lacking?.given.length ?? 0);
    for (const { message, hint } of notes) this.err.write(`warning: ${message}\n  → ${hint}\n`);
    const { remote, defaultBranch } = facts;
    if (flags.json === true)
      return printJson(this, { repo: root, added, written, remote, base: defaultBranch, notes, linesWithoutId: lines, untrusted });
    this.out.write(`${added ? 'registered' : 'already registered'}: ${root}\n`);
    this.out.write(
      `work starts from ${defaultBranch}${remote === null ? ` of this repository: it has no remote ${settings.delivery.remote}` : ` of ${remote}`}\n`,
    );
    for (const file of written) this.out.write(`wrote ${file}\n`);
    if (lacking !== null && lines > 0)
      this.out.write(`TODO.md: ${linesWithout(lacking)}; \`yardmaster import --assign\` gives one to each\n`);
    this.out.write('next: add #auto-dispatch to tasks in TODO.md, then run: yardmaster run\n');
  } finally {
    await store.end();
  }
}

async function offerFiles(context: CliContext, given: { root: string; yes: boolean; ask: boolean }): Promise<string[]> {
  const written: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const path = join(given.root, name);
    if (await exists(path)) continue;
    if (!given.yes && !(given.ask && (await confirm(context, `Write a ${name} to start from? [y/N] `)) === true)) continue;
    await writeFile(path, content, { flag: 'wx' });
    written.push(name);
  }
  return written;
}

/** Whether the ids were written. */
async function offerIds(context: CliContext, given: { todo: TodoFile; lacking: Assigning }): Promise<boolean> {
  const { todo, lacking } = given;
  if (!isTerminal(context)) return false;
  context.out.write(lacking.patch);
  if ((await confirm(context, `${linesWithout(lacking)}. Write ids as shown? [y/N] `)) !== true) return false;
  await writeIds(todo, lacking);
  return true;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
