// TODO.md, and a list in memory with ids of another form, both work as sources.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySource } from '../../../test/support/memory-source.ts';
import { sourceContract } from '../../ports/source.testsuite.ts';
import { todoFile } from './list-file.ts';
import { todoSource } from './list-source.ts';

sourceContract('TODO.md', async () => {
  const repo = await mkdtemp(join(tmpdir(), 'yard-source-'));
  const path = join(repo, 'TODO.md');
  const text = (): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const edit = async (change: (before: string) => string): Promise<void> => writeFile(path, change(await text()));
  return {
    source: todoSource({ file: todoFile, ids: async () => 't' }),
    repo,
    ids: { one: 't1', parent: 't2', child: 't2.1' },
    open: ({ id, title, body }) =>
      edit((before) => `${before}- [ ] ${id} ${title} #auto-dispatch\n${body === undefined ? '' : `  ${body}\n`}`),
    close: (id) => edit((before) => before.replace(`- [ ] ${id} `, `- [x] ${id} `)),
    openAgain: (id) => edit((before) => before.replace(`- [x] ${id} `, `- [ ] ${id} `)),
    remove: (id) => edit((before) => before.replace(new RegExp(`^- \\[.\\] ${id} .*\n`, 'm'), '')),
    isOpen: async (id) => (await text()).includes(`- [ ] ${id} `),
    dispose: () => rm(repo, { recursive: true }),
  };
});

sourceContract('a list in memory', async () => {
  const list = memorySource({ repo: '/r' });
  const [one, parent] = ['GH-12', 'feature/x'];
  return {
    ...{ source: list.source, repo: '/r', ids: { one, parent, child: `${parent}/1` } },
    open: async ({ id, title, body }) => list.open(id, { title, body: body ?? null, parent: id.startsWith(`${parent}/`) ? parent : null }),
    close: async (id) => list.set(id, 'by a person'),
    openAgain: async (id) => list.set(id, null),
    remove: async (id) => list.remove(id),
    isOpen: async (id) => list.items.get(id)?.closed === null,
    dispose: async () => {},
  };
});
