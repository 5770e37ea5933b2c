// Text from a task list inside our part of an issue. It is shown as it was written, but it acts as nothing: it ends no
// comment and no fold, is no marker, mentions nobody, and refers to no other issue.

/** One line of text. */
export function quotedLine(text: string): string {
  return quotedProse(text.replace(/\s+/g, ' ').trim());
}

/** Text of several lines, whose code fences are closed at the end. */
export function quotedText(text: string): string {
  let fence: string | null = null;
  const lines = text.split(/\r\n|\r|\n/).map((line) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
    if (fence !== null) {
      if (mark !== null && closes({ mark, fence, line })) fence = null;
      return broken(line);
    }
    // ```a``` in one line is no fence.
    if (mark !== null && !(mark.startsWith('`') && line.trim().slice(mark.length).includes('`'))) {
      fence = mark;
      return broken(line);
    }
    return quotedProse(line);
  });
  return [...lines, ...(fence === null ? [] : [fence])].join('\n');
}

function closes({ mark, fence, line }: { mark: string; fence: string; line: string }): boolean {
  return mark[0] === fence[0] && mark.length >= fence.length && line.trim() === mark;
}

const codeSpan = /(?<!`)(`+)(?!`)(?:.*?[^`])??\1(?!`)/g;

function quotedProse(line: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const span of line.matchAll(codeSpan)) {
    parts.push(inert(line.slice(from, span.index)), broken(span[0]));
    from = span.index + span[0].length;
  }
  return [...parts, inert(line.slice(from))].join('');
}

/** In code nothing acts, but a marker of ours would still be found by us. */
function broken(code: string): string {
  return code.replaceAll('<!--', '<\u200b!--');
}

/** A zero-width space keeps the forge from recognising a mention or a reference. */
function inert(prose: string): string {
  return prose
    .replace(/https?:\/\/[^\s)>\]]*\/(?:issues|pull|discussions)\/\d+[^\s)>\]]*/g, '`$&`')
    .replace(/<(?=[A-Za-z/!?])/g, '&lt;')
    .replace(/@(?=[\p{L}\p{N}_])/gu, '@\u200b')
    .replace(/#(?=\d)/g, '#\u200b')
    .replace(/\bGH-(?=\d)/gi, '$&\u200b');
}
