// Checks that the program imports a task list written in somebody's own style.
import { expect } from 'vitest';
import type { SampleTaskList } from './sample-task-lists.ts';
import { openYard } from './yard.ts';

export async function importsWhole({ text, ids, open }: SampleTaskList): Promise<void> {
  const yard = await openYard({ todo: text, actions: {}, config: { todo: { ids } } });
  const imported = await yard.run('import', '--assign', '--yes');
  // A list without a task leaves nothing to do.
  expect(imported, imported.stderr).toMatchObject({ code: open.length === 0 ? 3 : 0 });
  const tasks = await yard.json<{ id: string; title: string }[]>('ls');
  expect(tasks.map(({ id, title }) => [id, title])).toEqual(open.map(([id, title]) => [id, title]));
  expect(await yard.json('import', '--assign')).toMatchObject({ added: 0, updated: 0, assigned: [] });
}
