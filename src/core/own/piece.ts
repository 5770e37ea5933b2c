// What we write into an agent's own configuration, piece by piece, and what is to be done with each. A piece is ours
// while it is as we wrote it: what somebody changed, took out, or wrote before us is theirs, and wins.
import { unfilled, type McpServer, type McpServers } from './mcp.ts';
import type { Permissions } from './permissions.ts';
import type { SlashCommand } from './slash-command.ts';
import type { Tiers } from '../route/tier.ts';

/** One description for every agent. */
export interface Source {
  readonly commands: readonly SlashCommand[];
  readonly servers: McpServers;
  readonly permissions: Permissions;
  /** For the models that commands name. */
  readonly tiers: Tiers;
}

/** What of the source a piece is made from. */
export interface Item {
  readonly kind: 'command' | 'server' | 'rule';
  readonly name: string;
}

interface Made {
  readonly of: Item;
  /** Absolute. */
  readonly path: string;
}

/** A whole file; one key of a JSON document; one word of a list in it. */
export type Piece =
  | (Made & {
      readonly kind: 'file';
      readonly value: string;
      /** Files that, where they are there, are the user's own of the same name. */
      readonly rivals: readonly string[];
    })
  | (Made & {
      readonly kind: 'entry';
      /** The keys that lead to it. */
      readonly at: readonly string[];
      readonly value: unknown;
      /**
       * Null: the order of keys means nothing. Else all of ours in the document are written anew, in their order, where
       * one of them changes: `before` what the user wrote beside it, or `behind`.
       */
      readonly order: 'before' | 'behind' | null;
      /** Where the user wrote one word in the place of the keys above it, the word moves under this key. Null: it stays. */
      readonly wrap: string | null;
    })
  | (Made & { readonly kind: 'member'; readonly at: readonly string[]; readonly value: string });

/** The same for a piece however often its value changes. */
export function pieceId(piece: Piece): string {
  const within = piece.kind === 'file' ? [] : piece.at;
  return JSON.stringify([piece.kind, piece.path, ...within, ...(piece.kind === 'member' ? [piece.value] : [])]);
}

/** What of an item an agent's form cannot hold, for a person to read. */
export interface Lost {
  readonly of: Item;
  readonly what: string;
}

/**
 * - `add`, `update`, `remove`: to be done
 * - `keep`    ours, and as it shall be
 * - `same`    there as it shall be, and not ours
 * - `yours`   the user has something else of that name
 * - `changed` the user changed what we wrote
 * - `removed` the user took out what we wrote
 * - `forget`  no longer wanted, and no longer ours
 */
export type Step = 'add' | 'update' | 'remove' | 'keep' | 'same' | 'yours' | 'changed' | 'removed' | 'forget';

/** By its hash. `pending`: we may have died before we wrote it, and `was` is what stood there of ours; null: nothing. */
export interface WrittenHash {
  readonly hash: string;
  readonly pending: { readonly was: string | null } | null;
}

/** By hashes: as it shall be, as we wrote it last, as it is; null: not. */
export function stepOf(facts: {
  readonly wanted: string | null;
  readonly written: WrittenHash | null;
  readonly present: string | null;
}): Step {
  const { wanted, present } = facts;
  const written = writtenHash(facts);
  if (wanted === null) return written !== null && written === present ? 'remove' : 'forget';
  if (written === null) {
    if (present === null) return 'add';
    return present === wanted ? 'same' : 'yours';
  }
  if (present === null) return 'removed';
  if (present === written) return present === wanted ? 'keep' : 'update';
  return present === wanted ? 'same' : 'changed';
}

function writtenHash({ written, present }: { readonly written: WrittenHash | null; readonly present: string | null }): string | null {
  if (written === null) return null;
  return written.pending === null || present === written.hash ? written.hash : written.pending.was;
}

/** How an item stands with an agent, all its pieces together. */
export type Standing = 'same' | 'missing' | 'drifted' | 'changed' | 'removed' | 'yours';

const standings: Readonly<Record<Step, Standing>> = {
  add: 'missing',
  update: 'drifted',
  remove: 'drifted',
  keep: 'same',
  same: 'same',
  yours: 'yours',
  changed: 'changed',
  removed: 'removed',
  forget: 'same',
};

/** What a person must know first. */
const order: readonly Standing[] = ['missing', 'drifted', 'changed', 'removed', 'yours', 'same'];

export function standingOf(steps: readonly Step[]): Standing {
  const found = new Set(steps.map((step) => standings[step]));
  return order.find((standing) => found.has(standing)) ?? 'same';
}

/** A server as an agent's own configuration holds it, or why it cannot. */
export interface OwnServer {
  readonly value: unknown;
  readonly problems: readonly string[];
}

/** The servers of people who use this agent. One that is not filled in, or cannot be written as it is meant, is left out. */
export function ownServers(given: {
  readonly servers: McpServers;
  readonly agent: string;
  readonly inItsForm: (server: McpServer) => OwnServer;
}): { readonly chosen: readonly { readonly of: Item; readonly value: unknown }[]; readonly lost: readonly Lost[] } {
  const chosen: { of: Item; value: unknown }[] = [];
  const lost: Lost[] = [];
  for (const server of Object.values(given.servers)) {
    if (!server.people || server.agents?.includes(given.agent) === false) continue;
    const of: Item = { kind: 'server', name: server.name };
    const open = unfilled(server);
    const { value, problems } = given.inItsForm(server);
    const why = open.length > 0 ? [`to be filled in: ${open.join(', ')}`] : problems;
    if (why.length === 0) chosen.push({ of, value });
    else lost.push(...why.map((what) => ({ of, what: `is left out: ${what}` })));
  }
  return { chosen, lost };
}
