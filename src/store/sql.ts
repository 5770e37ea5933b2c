// SQL as a text with its values beside it, written as a template: sql`… where id = ${id}`. Anything put into a template is
// a value, never text, unless it is SQL itself. Each value becomes a `?`, which a dialect with numbered parameters can
// replace. Parameters are positional because named ones took five times as long to bind in a row of 39 columns.

export type Value = string | number | null;

export interface Sql {
  readonly text: string;
  readonly values: readonly Value[];
}

export function sql(parts: TemplateStringsArray, ...given: readonly (Value | Sql)[]): Sql {
  let text = parts[0] ?? '';
  const values: Value[] = [];
  for (const [index, one] of given.entries()) {
    const isSql = typeof one === 'object' && one !== null;
    text += isSql ? one.text : '?';
    if (isSql) values.push(...one.values);
    else values.push(one);
    text += parts[index + 1] ?? '';
  }
  return { text, values };
}

export type Row = Readonly<Record<string, Value>>;

/** `(a, b) values (?, ?)`, to follow `insert into`. */
export function record(row: Row): Sql {
  const columns = Object.keys(row);
  return { text: `(${columns.join(', ')}) values (${placeholders(columns.length)})`, values: Object.values(row) };
}

/** `a = ?, b = ?`, to follow `set`. */
export function assigned(row: Row): Sql {
  return {
    text: Object.keys(row)
      .map((column) => `${column} = ?`)
      .join(', '),
    values: Object.values(row),
  };
}

/** `(?, ?)`, to follow `in`; never empty. */
export function listed(values: readonly Value[]): Sql {
  return { text: `(${placeholders(values.length)})`, values };
}

/** `values (?, ?), (?, ?)`, to follow `insert into t (a, b)`; never empty, and all rows have the same length. */
export function rowsOf(rows: readonly (readonly Value[])[]): Sql {
  const one = `(${placeholders(rows[0]?.length ?? 0)})`;
  return { text: `values ${rows.map(() => one).join(', ')}`, values: rows.flat() };
}

/** Splits a list, because databases limit the number of parameters of a statement. */
export function chunksOf<T>(given: { readonly all: readonly T[]; readonly size?: number }): readonly (readonly T[])[] {
  const { all, size = 500 } = given;
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

function placeholders(count: number): string {
  return '?, '.repeat(count - 1) + '?';
}
