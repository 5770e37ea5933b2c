// The shape of JSON documents: which keys they have, where, and which kinds of values. Texts, numbers, ids and times do not
// affect it. A key that is removed, added or changes its kind does, and so does a word of a closed vocabulary.

/** Sorted paths, each with the kinds of the values there, such as `".[].until": "null | string"`. */
export type Shape = Readonly<Record<string, string>>;

interface Options {
  /** Keys whose values scripts compare with: these values are part of the shape. */
  readonly words: ReadonlySet<string>;
  /** Keys of objects whose own keys are names that somebody chose: all of these count as one key, `*`. */
  readonly maps: ReadonlySet<string>;
}

/**
 * The common shape of several documents, or of the elements of a list: a key that some of them lack has `absent` among its
 * kinds. Objects that have a `type` get a shape for each type, because they are different objects.
 */
export function shapeOf(documents: readonly unknown[], options: Options): Shape {
  return shapeOfAll({ path: '', key: '', values: documents, options });
}

/** The documents in a command's output: one document, or one on each line. */
export function documentsIn(text: string): readonly unknown[] {
  const isOne = /^[[{]\n|^\[\]\n$/.test(text);
  return isOne ? [JSON.parse(text)] : text.split('\n').flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line)]));
}

interface At {
  readonly path: string;
  /** The last key of the path. */
  readonly key: string;
  /** All values at the path; undefined: an object lacks the key. */
  readonly values: readonly unknown[];
  readonly options: Options;
}

function shapeOfAll(at: At): Shape {
  const { path, key, values, options } = at;
  const kinds = new Set(values.map((value) => kindOf(value, options.words.has(key))));
  const objects = values.filter((value) => kindOf(value, false) === 'object') as Readonly<Record<string, unknown>>[];
  const lists = values.filter((value): value is unknown[] => Array.isArray(value));
  const below: At[] = [];
  if (lists.some((list) => list.length > 0)) below.push({ path: `${path}[]`, key: '[]', values: lists.flat(1), options });
  for (const [type, some] of Map.groupBy(objects, typeOf)) {
    const lead = type === null ? path : `${path}<${type}>`;
    const maps = options.maps.has(key);
    const keys = maps ? [] : [...new Set(some.flatMap((one) => Object.keys(one)))];
    for (const name of keys) below.push({ path: `${lead}.${name}`, key: name, values: some.map((one) => one[name]), options });
    const named = maps ? some.flatMap((one) => Object.values(one)) : [];
    if (named.length > 0) below.push({ path: `${lead}.*`, key: '*', values: named, options });
  }
  const all = [...kinds].toSorted().join(' | ');
  // The paths below already show that it is an object or a list.
  const isTold = below.length > 0 && (all === 'object' || all === 'array');
  const shapes = [isTold ? {} : { [path === '' ? '.' : path]: all }, ...below.map(shapeOfAll)];
  return Object.fromEntries(shapes.flatMap((shape) => Object.entries(shape)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function typeOf(object: Readonly<Record<string, unknown>>): string | null {
  return typeof object['type'] === 'string' ? object['type'] : null;
}

function kindOf(value: unknown, isWord: boolean): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return isWord && typeof value === 'string' ? `'${value}'` : typeof value;
}
