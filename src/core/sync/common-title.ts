// A title that means the same in the list and at an issue: one line, in which no word is a token. Words of a title that the
// list would read as tokens (`#tag`, `blocked-by:t1`) stand in backticks, so that a stranger's title cannot set anything.
import { readWords } from '../todo/words.ts';

/** Applied to its own result, it changes nothing. `ids`: the prefix of the list's ids. */
export function commonTitle({ title, ids }: { readonly title: string; readonly ids: string }): string {
  const line = title.replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  if (line === '') return '(no title)';
  // A single backtick of the title may pair with one of ours; a word that touches such a pair is no token either.
  return inBackticks({ line, ids });
}

function inBackticks({ line, ids }: { line: string; ids: string }): string {
  const { tokens, doubts } = readWords({ line, from: 0, ids });
  const doubtful = new Set(doubts.map(({ word }) => word));
  const parts: string[] = [];
  let from = 0;
  const plain = (text: string): string => text.replace(/\S+/g, (word) => (doubtful.has(word) ? `\`${word}\`` : word));
  for (const { start, end } of tokens) {
    parts.push(plain(line.slice(from, start)), `\`${line.slice(start, end)}\``);
    from = end;
  }
  return [...parts, plain(line.slice(from))].join('');
}
