// The pieces that we write into an agent's own configuration, and the next step for each. A piece is ours only while it is
// exactly as we wrote it. Whatever somebody changed, removed, or wrote before us is theirs, and wins.
import { unfilled, type McpServer, type McpServers } from './mcp.ts';
import type { Permissions } from './permissions.ts';
import type { SlashCommand } from './slash-command.ts';
import type { Tiers } from '../route/tier.ts';

/** One description for every agent. */
export interface Source {
  readonly commands: readonly SlashCommand[];
  readonly servers: McpServers;
  readonly permissions: Permissions;
  /** Resolves the tiers that commands use as their models. */
  readonly tiers: Tiers;
}

/** The part of the source that a piece is made from. */
export interface Item {
  readonly kind: 'command' | 'server' | 'rule';
  readonly name: string;
}

interface Made {
  readonly of: Item;
  /** An absolute path. */
  readonly path: string;
}

/** Either a whole file, or one key of a JSON document, or one word of a list in it. */
export type Piece =
  | (Made & {
      readonly kind: 'file';
      readonly value: string;
      /** Files that, if they exist, are the user's own item of the same name. */
      readonly rivals: readonly string[];
    })
  | (Made & {
      readonly kind: 'entry';
      /** The keys that lead to the entry in the JSON document, the outermost one first. */
      readonly at: readonly string[];
      readonly value: unknown;
      /**
       * Null if the order of keys has no meaning. Otherwise, a change of one of our keys rewrites all of ours in this
       * document in their order, `before` or `behind` the keys that the user wrote.
       */
      readonly order: 'before' | 'behind' | null;
      /**
       * If the user wrote a string where our entry needs an object around it, we replace the string by an object that has
       * it under this key. Null: the string stays.
       */
      readonly wrap: string | null;
    })
  | (Made & { readonly kind: 'member'; readonly at: readonly string[]; readonly value: string });

/** An identity of the piece that does not depend on its value. */
export function pieceId(piece: Piece): string {
  const within = piece.kind === 'file' ? [] : piece.at;
  return JSON.stringify([piece.kind, piece.path, ...within, ...(piece.kind === 'member' ? [piece.value] : [])]);
}

/** A property of an item that an agent's form cannot hold, as text for people. */
export interface Lost {
  readonly of: Item;
  readonly what: string;
}

/**
 * - `add`, `update`, `remove`: still to be done
 * - `keep`    ours, and up to date
 * - `same`    already there as we would write it, but not ours
 * - `yours`   the user has something else of that name
 * - `changed` the user changed what we wrote
 * - `removed` the user removed what we wrote
 * - `forget`  no longer in the source, and no longer ours
 */
export type Step = 'add' | 'update' | 'remove' | 'keep' | 'same' | 'yours' | 'changed' | 'removed' | 'forget';

/**
 * The hash of a value that we wrote. `pending`: we may have died before we wrote it, and `was` is our value that it was
 * to replace, or null if there was none.
 */
export interface WrittenHash {
  readonly hash: string;
  readonly pending: { readonly was: string | null } | null;
}

/**
 * The step that follows from three hashes: the value in the source, the value that we wrote last, and the value in the
 * file. Null where there is no value.
 */
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

/** The state of an item with one agent, over all its pieces. */
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

/** The most important states come first. */
const order: readonly Standing[] = ['missing', 'drifted', 'changed', 'removed', 'yours', 'same'];

export function standingOf(steps: readonly Step[]): Standing {
  const found = new Set(steps.map((step) => standings[step]));
  return order.find((standing) => found.has(standing)) ?? 'same';
}

/** A server in the form of an agent's own configuration, or the problems that prevent it. */
export interface OwnServer {
  readonly value: unknown;
  readonly problems: readonly string[];
}

/**
 * The servers that people who use this agent get. A server with values to fill in, or that this form cannot express
 * correctly, is left out.
 */
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
    const why = open.length > 0 ? [`its values have to be filled in: ${open.join(', ')}`] : problems;
    if (why.length === 0) chosen.push({ of, value });
    else lost.push(...why.map((what) => ({ of, what: `is left out: ${what}` })));
  }
  return { chosen, lost };
}
