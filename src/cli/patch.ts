// A change of a file as a person reads it.
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Null: the file is not there, before or afterwards. */
export function patchOf(given: { readonly path: string; readonly before: string | null; readonly after: string | null }): string {
  const { path, before, after } = given;
  const name = (text: string | null): string => (text === null ? '/dev/null' : path);
  return createTwoFilesPatch(name(before), name(after), before ?? '', after ?? '', '', '', { headerOptions: FILE_HEADERS_ONLY });
}
