// Who hears of what was said about a pull request: a worker hears only people with rights in the repository and bots that
// are listed by name; strangers' words are shown to the person and reach no worker; our own texts are nobody's. An item
// reaches a worker once, however often it is edited.
import { clip } from '../clip.ts';
import type { ReviewItem } from './pull-facts.ts';
import { markerIn } from './pull-marker.ts';
import type { OthersWords, PullRecord, StoredItem } from './pull-record.ts';

export interface ReviewTrust {
  /** Our own account at the forge. */
  readonly login: string;
  /** Associations whose authors a worker may hear (`forge.github.trust`). */
  readonly associations: readonly string[];
  /** Logins of bots that a worker may hear (`forge.github.bots`), with or without `[bot]`. */
  readonly bots: readonly string[];
}

export const trustedAssociations: readonly string[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

export type Hearer = 'worker' | 'person' | 'nobody';

export function hearerOf(given: { readonly item: ReviewItem; readonly trust: ReviewTrust }): Hearer {
  const { item, trust } = given;
  const { login, association, bot } = item.author;
  if (sameLogin(login, trust.login) || markerIn(item.text) !== null) return 'nobody';
  // A review without words only announces its comments, which are items themselves, or is an approval.
  if (item.closed || isBlank(item.text)) return 'nobody';
  const isListed = trust.bots.some((one) => sameLogin(one, login));
  if (bot && !isListed) return 'nobody';
  const isTrusted = isListed || trust.associations.includes(association);
  // What is said with an approval demands no change, and a push might void the approval.
  return isTrusted && item.verdict !== 'approved' ? 'worker' : 'person';
}

export interface MergedItems {
  /** Rows that are new, or whose state changes. */
  readonly rows: readonly StoredItem[];
  /** What a worker may be given now, oldest first. What is beyond the limit comes with the next round. */
  readonly fresh: readonly ReviewItem[];
}

/** More than these would leave too little room for each in one prompt. */
const mostAtOnce = 50;

export function mergeItems(given: {
  readonly items: readonly ReviewItem[];
  readonly stored: readonly StoredItem[];
  readonly trust: ReviewTrust;
}): MergedItems {
  const { items, stored, trust } = given;
  const known = new Map(stored.map((row) => [row.id, row]));
  const [rows, fresh]: [StoredItem[], ReviewItem[]] = [[], []];
  const listed = new Map(items.map((item) => [item.id, item]));
  for (const item of [...listed.values()].toSorted(byAge)) {
    const row = known.get(item.id);
    if (row !== undefined && isGiven(row)) {
      const state = row.state === 'given' || row.state === 'closed' ? (isSettled(item, items) ? 'closed' : 'given') : row.state;
      if (state !== row.state) rows.push({ ...row, state });
      continue;
    }
    const hearer = hearerOf({ item, trust });
    if (hearer === 'nobody') continue;
    const state = hearer === 'worker' ? 'seen' : 'shown';
    if (state === 'seen') fresh.push(item);
    if (row?.state === state) continue;
    rows.push(row === undefined ? newRow({ item, state, trust }) : { ...row, state });
  }
  return { rows, fresh: fresh.slice(0, mostAtOnce) };
}

function newRow(given: { readonly item: ReviewItem; readonly state: StoredItem['state']; readonly trust: ReviewTrust }): StoredItem {
  const { item, state, trust } = given;
  const { login } = item.author;
  const bot = trust.bots.some((one) => sameLogin(one, login));
  return { id: item.id, thread: item.thread, commit: item.commit, author: login, bot, state };
}

/**
 * All rows after the items were seen, in the order in which they were first seen, the ids of those that a worker may be given,
 * and what is left to a person.
 */
export function itemsAfter(given: Parameters<typeof mergeItems>[0]): Required<Pick<PullRecord, 'items' | 'fresh' | 'others'>> {
  const { rows, fresh } = mergeItems(given);
  const changed = new Map(rows.map((row) => [row.id, row]));
  const known = new Set(given.stored.map(({ id }) => id));
  const items = [...given.stored.map((row) => changed.get(row.id) ?? row), ...rows.filter(({ id }) => !known.has(id))];
  return { items, fresh: fresh.map(({ id }) => id), others: wordsForPerson(given) };
}

/** What is beyond these stands on the page only: strangers can write without end. */
const mostForPerson = 10;
const longestForPerson = 300;

/** The latest of what a person should read, because no worker hears it; oldest first. */
function wordsForPerson({ items, trust }: { readonly items: readonly ReviewItem[]; readonly trust: ReviewTrust }): readonly OthersWords[] {
  const unheard = items.filter((item) => hearerOf({ item, trust }) === 'person').toSorted(byAge);
  return unheard
    .slice(-mostForPerson)
    .map(({ author, text, url, at }) => ({ author: author.login, text: clip(text, longestForPerson), url, at }));
}

function isGiven({ state }: StoredItem): boolean {
  return state !== 'seen' && state !== 'shown';
}

/** People no longer want an answer to it: its thread is resolved, it was dismissed, or its author has approved since. */
function isSettled(item: ReviewItem, all: readonly ReviewItem[]): boolean {
  const isApproval = ({ verdict, closed, at, author }: ReviewItem): boolean =>
    verdict === 'approved' && !closed && at > item.at && sameLogin(author.login, item.author.login);
  return item.closed || all.some(isApproval);
}

function byAge(one: ReviewItem, other: ReviewItem): number {
  return one.at - other.at || (one.id < other.id ? -1 : 1);
}

function sameLogin(one: string, other: string): boolean {
  const plain = (login: string): string => login.toLowerCase().replace(/\[bot\]$/, '');
  return plain(one) === plain(other);
}

/** Hidden comments, which bots and forms leave, are no words. */
function isBlank(text: string): boolean {
  return text.replace(/<!--.*?-->/gs, '').trim() === '';
}
