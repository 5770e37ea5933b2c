// Who wrote which text of an issue, and when.
//
// GitHub's schema calls `UserContentEdit.diff` "a summary of the changes", but it holds the whole text after the edit, newest
// first (kurone-kito/idd-skill#3126, git-bug's bridge/github/import.go). An issue that was never edited has no entries; the
// first edit makes two: the oldest one is the text as it was opened (git-bug: "the first edit in the github result is the
// issue creation itself"), which is what `includesCreatedEdit` tells. Of a version that somebody deleted from the history the
// text is null, and issues from before 2018 have no first version. Titles stand in the timeline, each with the one before.
//
// A text whose author is unknown is a stranger's.
import type { Person, Revision } from '../../../core/sync/sync-facts.ts';
import type { Instant } from '../../../core/time.ts';

export interface TextEdit {
  readonly by: Person;
  readonly at: Instant;
  /** Null: it was deleted from the history. */
  readonly text: string | null;
}

export interface Rename {
  readonly by: Person;
  readonly at: Instant;
  readonly from: string;
  readonly to: string;
}

export interface Told {
  readonly author: Person;
  readonly createdAt: Instant;
  readonly title: string;
  readonly body: string;
  readonly isEdited: boolean;
  /** Whether the oldest edit is the text as it was opened. */
  readonly hasFirst: boolean;
  /** Oldest first. */
  readonly edits: readonly TextEdit[];
  readonly renames: readonly Rename[];
}

const nobody: Person = { login: 'ghost', association: 'NONE' };
/** The last time that there is: later than any label, so that nobody can have seen the text when they added it. */
const unknownTime: Instant = 8_640_000_000_000_000;

export function revisionsOf(told: Told): readonly Revision[] {
  const { author, createdAt, title, body, hasFirst, isEdited, edits, renames } = told;
  const first = hasFirst ? edits[0] : undefined;
  const later = hasFirst ? edits.slice(1) : edits;
  const opened = isEdited || edits.length > 0 ? (first?.text ?? null) : body;
  const revisions: Revision[] = [
    opened === null
      ? { by: nobody, at: unknownTime, title: renames[0]?.from ?? title, body: '' }
      : { by: author, at: createdAt, title: renames[0]?.from ?? title, body: opened },
  ];
  const changes = [
    ...renames.map(({ by, at, to }) => ({ by, at, title: to })),
    ...later.flatMap(({ by, at, text }) => (text === null ? [] : { by, at, body: text })),
  ];
  // Within a second the order is unknown. Strangers come last, so that no text of theirs looks like another one's.
  for (const { by, at, ...text } of changes.toSorted((a, b) => a.at - b.at || Number(mayWrite(b.by)) - Number(mayWrite(a.by)))) {
    const before = revisions.at(-1);
    const base = { title: before?.title ?? title, body: before?.body ?? '' };
    const isSame = revisions.length > 1 && before !== undefined && before.by.login === by.login && before.at === at;
    if (isSame) revisions.pop();
    revisions.push({ by, at, ...base, ...text });
  }
  return withPresent({ revisions, title, body });
}

function mayWrite({ association }: Person): boolean {
  return ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(association);
}

/** The present text stands at the end; if nobody is known to have written it, as nobody's. */
function withPresent({ revisions, title, body }: { revisions: readonly Revision[]; title: string; body: string }): readonly Revision[] {
  const last = revisions.at(-1);
  if (last !== undefined && last.title === title && plain(last.body) === plain(body)) return [...revisions.slice(0, -1), { ...last, body }];
  return [...revisions, { by: nobody, at: unknownTime, title, body }];
}

/** The history may have other line ends than the text itself. */
function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}
