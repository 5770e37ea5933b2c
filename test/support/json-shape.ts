// The shape of JSON documents: which keys they have, where, and of which kinds their values are. Texts, numbers, ids and
// times do not matter to it. A key that goes, comes or changes its kind does, and so does a word of a closed vocabulary.

/** Sorted paths, each with the kinds of the values there, such as `".[].until": "null | string"`. */
export type Shape = Readonly<Record<string, string>>;

interface Options {
  /** Keys whose words scripts compare with: the words themselves are part of the shape. */
  readonly words: ReadonlySet<string>;
  /** Keys of objects whose own keys are names that somebody chose: all of these count as one key, `*`. */
  readonly maps: ReadonlySet<string>;
}

/**
 * Of several documents together, as of the elements of a list within them: a key that some lack has `absent` among its
 * kinds. Objects that say their `type` have a shape for each type, because they are different objects.
 */
export function shapeOf(documents: readonly unknown[], options: Options): Shape {
  return shapeOfAll({ path: '', key: '', values: documents, options });
}

/** What a command has printed: one document, or one on each line. */
export function documentsIn(text: string): readonly unknown[] {
  const isOne = /^[[{]\n|^\[\]\n$/.test(text);
  return isOne ? [JSON.parse(text)] : text.split('\n').flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line)]));
}

interface At {
  readonly path: string;
  /** The last key that leads there. */
  readonly key: string;
  /** Whatever stands there; undefined: an object lacks the key. */
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
  // That it is an object or a list is told by what is below it.
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
