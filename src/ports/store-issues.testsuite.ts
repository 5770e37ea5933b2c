// What is remembered of tasks and their issues: by repository and forge, and changed by a rule over what is stored.
import { expect, test } from 'vitest';
import { nextSnapshot, noSnapshot } from '../core/sync/snapshot.ts';
import type { Remembered } from '../core/sync/sync-facts.ts';
import type { Store } from './store.ts';

const own = nextSnapshot({ last: noSnapshot, common: { title: 'Ä "title"', tags: ['bug'] }, frozen: ['body'], named: [] });
const one: Remembered = { number: 7, own, next: null, values: { title: 'Ä "title"', tags: ['bug'] } };

export function issueMemoryContract(stores: () => { readonly store: Store; readonly other: Store }): void {
  test('is known to everybody, and belongs to one repository at one forge', async () => {
    const { store, other } = stores();
    const of = { repo: '/a', forge: 'github.com/acme/app' };
    expect(await store.rememberedIssues(of)).toEqual(new Map());
    await store.rememberIssue({ ...of, task: 't1', change: () => one });
    await other.rememberIssue({ ...of, task: 't1', change: (known) => ({ ...known!, next: own }) });
    await other.rememberIssue({ ...of, task: 't2', change: () => null });
    expect(await store.rememberedIssues(of)).toEqual(new Map([['t1', { ...one, next: own }]]));
    await store.rememberIssue({ ...of, task: 't1', change: (known) => ({ ...known!, number: 8, next: null }) });
    expect(await other.rememberedIssues(of)).toEqual(new Map([['t1', { ...one, number: 8 }]]));
    expect(await other.rememberedIssues({ ...of, repo: '/b' })).toEqual(new Map());
    expect(await other.rememberedIssues({ ...of, forge: 'github.com/acme/other' })).toEqual(new Map());
  });
}
