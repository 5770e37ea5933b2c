// The byte order mark that some editors put before a text: readers of the text ignore it, and it is kept when the text is
// written again.

export function splitMark(text: string): { readonly mark: string; readonly rest: string } {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  return { mark, rest: text.slice(mark.length) };
}

export function withoutMark(text: string): string {
  return splitMark(text).rest;
}
