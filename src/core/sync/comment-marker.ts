// Our one comment at an issue is told from all others by a hidden marker. Only one that somebody with write access wrote is
// ours: anybody can write the marker.
import { isTrusted } from './intake.ts';
import type { Person, SyncPolicy } from './sync-facts.ts';

const marker = '<!-- yardmaster:comment -->';

export function markedComment(text: string): string {
  return `${text}\n${marker}`;
}

/** The text without the marker. */
export function unmarkedComment(text: string): string {
  return text.replaceAll(marker, '').replaceAll('\r\n', '\n').trimEnd();
}

export function isOurComment(given: {
  readonly comment: { readonly by: Person; readonly text: string };
  readonly policy: SyncPolicy;
}): boolean {
  const { comment, policy } = given;
  return comment.text.includes(marker) && isTrusted({ person: comment.by, policy });
}
