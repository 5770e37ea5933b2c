// Removes one key or list member from a JSON text and leaves all comments. The library's own removal would also remove the
// comments between it and its neighbour.
import { createScanner, type Node } from 'jsonc-parser';

/** `node`: a property, or the member of a list. */
export function cut(text: string, node: Node): string {
  const siblings = node.parent?.children ?? [];
  const before = siblings[siblings.indexOf(node) - 1];
  const end = node.offset + node.length;
  const behind = commaAt(text, end);
  // The last member has no comma behind it. The comma of the member before it has to go instead.
  const comma = behind ?? (before === undefined ? null : commaAt(text, before.offset + before.length));
  const ranges = [{ from: spaceBefore(text, node.offset, behind ?? end), to: end }];
  if (comma !== null) ranges.push({ from: comma, to: comma + 1 });
  return ranges.toSorted((a, b) => b.from - a.from).reduce((left, { from, to }) => left.slice(0, from) + left.slice(to), text);
}

/** The offset of the next token, if that is a comma. */
function commaAt(text: string, from: number): number | null {
  const scanner = createScanner(text, true);
  scanner.setPosition(from);
  scanner.scan();
  const at = scanner.getTokenOffset();
  return text.charAt(at) === ',' ? at : null;
}

/**
 * Where the white space before it begins. A line end stays if a comment before it would otherwise swallow the text behind
 * it.
 */
function spaceBefore(text: string, offset: number, end: number): number {
  let from = offset;
  while (/\s/.test(text.charAt(from - 1))) from -= 1;
  const line = text.indexOf('\n', from);
  const endsLine = /^,?[ \t]*(?:\r?\n|\/\/)/.test(text.slice(end));
  return line === -1 || line >= offset || endsLine ? from : line + 1;
}
