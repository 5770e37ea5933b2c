// A setting of git's configuration: read from git's list, and written in the form of its file.

export interface Setting {
  /** As git prints it: section and name in small letters, the part between as it is. */
  readonly key: string;
  /** Null: the key stands without a value, which means true. */
  readonly value: string | null;
}

/** As `git config -z --list --show-scope` prints them. */
export function scoped(text: string): readonly { readonly scope: string; readonly setting: Setting }[] {
  const fields = text.split('\0');
  const found: { scope: string; setting: Setting }[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [scope = '', entry = ''] = fields.slice(at, at + 2);
    const end = entry.indexOf('\n');
    found.push({ scope, setting: end === -1 ? { key: entry, value: null } : { key: entry.slice(0, end), value: entry.slice(end + 1) } });
  }
  return found;
}

/** In git's own form of a configuration file. */
export function settingsText(settings: readonly Setting[]): string {
  return settings
    .map(({ key, value }) => {
      const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')];
      const part = first === last ? '' : ` "${key.slice(first + 1, last).replaceAll(/["\\]/g, '\\$&')}"`;
      const name = key.slice(last + 1);
      return `[${key.slice(0, first)}${part}]\n\t${name}${value === null ? '' : ` = ${quoted(value)}`}\n`;
    })
    .join('');
}

function quoted(value: string): string {
  const escaped = value.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\b', '\\b');
  return `"${escaped}"`;
}
