// A setting of git's configuration: parsed from git's listing, and written in the form of its file.

export interface Setting {
  /** As git prints it: section and name in lower case, the part between them unchanged. */
  readonly key: string;
  /** Null if the key has no value, which means true. */
  readonly value: string | null;
}

/** Parses the output of `git config -z --list --show-scope`. */
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

/** In the form of git's configuration files. */
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
