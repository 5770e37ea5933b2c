// What is kept the same on both sides of a task, in one common form: a task's line and its issue are first turned into these
// values, and only then compared. Hashes of the values stand in the marker. They protect against nobody: whose text
// counts is decided by who wrote it.

export const textFields = ['title', 'body', 'state', 'assignee'] as const;
export type TextField = (typeof textFields)[number];
export const setFields = ['tags', 'blockedBy'] as const;
export type SetField = (typeof setFields)[number];
export type Field = TextField | SetField;
export const fields: readonly Field[] = [...textFields, ...setFields];

export interface Values {
  readonly title: string;
  /** Lines end with LF; there are no blank lines at its ends. */
  readonly body: string;
  readonly state: 'open' | 'closed';
  /** Login names in alphabetical order, joined by commas; empty if there are none. */
  readonly assignee: string;
  /** Names of labels in lower case, in alphabetical order. */
  readonly tags: readonly string[];
  /** Ids of tasks, in alphabetical order. */
  readonly blockedBy: readonly string[];
}

export type Hash = string;

/** 64 bits in base 36, of two FNV-1a hashes with different beginnings. */
export function hashOf(text: string): Hash {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ ((unit << 5) + 0x9e37), 0x01000193);
  }
  return [a, b ^ text.length].map((half) => (half >>> 0).toString(36)).join('');
}

/** A set as text. No element contains a line break. */
export function setText(elements: readonly string[]): string {
  return elements.join('\n');
}

export function sorted(elements: Iterable<string>): readonly string[] {
  return [...new Set(elements)].sort();
}

/** A body in its common form. */
export function commonBody(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/^[ \t]+$/gm, '')
    .replace(/^\n+/, '')
    .trimEnd();
}
