// Merges layers of the configuration, and says where each value came from.
import type { Tree } from '../core/security/trust.ts';
import type { Layer } from './layer.ts';

/** Maps are merged key by key, so an empty map changes nothing. Every other value, lists included, is replaced as a whole. */
export function merge(into: Tree, from: Tree): Tree {
  const merged: Record<string, unknown> = { ...into };
  for (const [key, value] of Object.entries(from)) {
    const known = Object.hasOwn(into, key) ? into[key] : undefined;
    merged[key] = isTree(value) ? merge(isTree(known) ? known : {}, value) : value;
  }
  return merged;
}

/** A value comes from the last layer that has it. */
export function originsOf(given: { tree: Tree; layers: readonly Layer[]; path: readonly string[] }): [string, string][] {
  const { tree, layers } = given;
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = [...given.path, key];
    if (isTree(value) && Object.keys(value).length > 0) return originsOf({ tree: value, layers, path });
    const layer = layers.findLast(({ values }) => has(values, path));
    return [[path.join('.'), layer?.origin(path) ?? 'default'] as [string, string]];
  });
}

function has(tree: Tree, path: readonly string[]): boolean {
  let value: unknown = tree;
  for (const key of path) {
    if (!isTree(value) || !Object.hasOwn(value, key)) return false;
    value = value[key];
  }
  return true;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
