// Finds where the last lines of a file begin, from its end: the cost depends on the length of those lines and not on the
// size of the file.
import { open } from 'node:fs/promises';

const chunkBytes = 64 << 10;
const lineEnd = 10;

/** The offset of the last `lines` lines; 0 if there are no more. Text behind the last line end counts as a line. */
export async function tailOffset(given: { readonly file: string; readonly lines: number }): Promise<number> {
  const file = await open(given.file, 'r');
  try {
    const { size } = await file.stat();
    const chunk = Buffer.alloc(chunkBytes);
    let missing = given.lines;
    // The line end that closes the last line begins no new line.
    for (let end = size - 1; end > 0; end -= chunkBytes) {
      const start = Math.max(0, end - chunkBytes);
      const { bytesRead } = await file.read(chunk, 0, end - start, start);
      for (let at = chunk.lastIndexOf(lineEnd, bytesRead - 1); at !== -1; at = at === 0 ? -1 : chunk.lastIndexOf(lineEnd, at - 1)) {
        missing -= 1;
        if (missing === 0) return start + at + 1;
      }
    }
    return 0;
  } finally {
    await file.close();
  }
}
