// Finds the section of a plan that a task's line names: from the heading with that anchor to the next heading of the same
// level. Anchors are made from headings as the forge makes them.

export function sectionOf({ text, anchor }: { readonly text: string; readonly anchor: string }): string | null {
  const lines = text.split(/\r\n|\r|\n/);
  const headings = headingsIn(lines);
  const at = headings.findIndex((heading) => heading.anchor === anchor);
  const found = headings[at];
  if (found === undefined) return null;
  const next = headings.slice(at + 1).find(({ level }) => level <= found.level);
  const section = lines
    .slice(found.line + 1, next?.line)
    .join('\n')
    .trim();
  return section === '' ? null : section;
}

interface Heading {
  readonly line: number;
  readonly level: number;
  readonly anchor: string;
}

function headingsIn(lines: readonly string[]): readonly Heading[] {
  const seen = new Map<string, number>();
  let fence: string | null = null;
  return lines.flatMap((text, line) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(text)?.[1];
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null;
    const found = fence === null ? /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$/.exec(text) : null;
    if (found === null) return [];
    const [, marks = '', words = ''] = found;
    const slug = slugOf(words);
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return { line, level: marks.length, anchor: count === 0 ? slug : `${slug}-${count}` };
  });
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}
