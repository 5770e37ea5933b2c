// Shows a change of a file in the form that people read.
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Null: the file does not exist, before or after the change. */
export function patchOf(given: { readonly path: string; readonly before: string | null; readonly after: string | null }): string {
  const { path, before, after } = given;
  const name = (text: string | null): string => (text === null ? '/dev/null' : path);
  return createTwoFilesPatch(name(before), name(after), before ?? '', after ?? '', '', '', { headerOptions: FILE_HEADERS_ONLY });
}
