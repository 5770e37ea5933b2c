// The text below a task's line, in two parts: the body, which is kept the same as the text, and the notes, which are
// the list's alone and are shown in our part of the issue.
import { commonBody } from './fields.ts';

export interface LineBody {
  readonly text: string;
  /** The items that begin with `Notes:`, with what is indented below them; null if there are none. */
  readonly notes: string | null;
}

/** `body`: the text below the line, without its shared indentation. `brief`: the task's brief, whose text then is the body. */
export function lineBody({ body, brief }: { readonly body: string | null; readonly brief: string | null }): LineBody {
  if (brief !== null) return { text: commonBody(brief), notes: body };
  const text: string[] = [];
  const notes: string[] = [];
  let inNotes = false;
  for (const line of (body ?? '').split('\n')) {
    if (/^\S/.test(line)) inNotes = /^[-*+] Notes:/.test(line);
    (inNotes ? notes : text).push(line);
  }
  return { text: commonBody(text.join('\n')), notes: notes.length === 0 ? null : notes.join('\n').trimEnd() };
}
