// One request to REST as its handler sees it, and what a handler answers.
import { invalid } from './refusal.ts';
import type { Permission, Repository, RightName, Token, World } from './state.ts';

export interface Call {
  readonly world: World;
  readonly token: Token | null;
  /** The token's owner; empty without a token. */
  readonly viewer: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** The repository that the path names. */
  readonly repository: Repository;
  /** The part of a list that the request asks for. */
  page<T>(items: readonly T[]): readonly T[];
}

export interface Answer {
  readonly status: number;
  /** Undefined: the answer has no body. A text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Right = `${RightName}:${'read' | 'write'}`;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As GitHub's description writes it. */
  readonly path: string;
  /** Any of these rights is enough for a fine-grained token. */
  readonly rights: readonly Right[];
  /** What the person must be allowed to do in the repository; null: any reader. */
  readonly least: Permission | null;
  /** It creates content that people are told about: such requests have limits of their own. */
  readonly content?: boolean;
  readonly handle: (call: Call) => Answer;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const done: Answer = { status: 204 };

/** A field of the body; undefined if it was not sent. */
export function textField(call: Call, name: string): string | undefined {
  const value = call.body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid({ resource: 'Request', field: name, code: 'invalid' });
  return value;
}

export function neededText(call: Call, name: string): string {
  const value = textField(call, name);
  if (value === undefined || value === '') throw invalid({ resource: 'Request', field: name, code: 'missing_field' });
  return value;
}

export function texts(call: Call, name: string): readonly string[] | undefined {
  const value = call.body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid({ resource: 'Request', field: name, code: 'invalid' });
  return value.map((one: unknown) => (typeof one === 'object' && one !== null && 'name' in one ? String(one.name) : String(one)));
}

export const numberParam = (call: Call, name: string): number => Number(call.params[name]);
