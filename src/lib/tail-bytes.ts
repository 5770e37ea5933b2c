// Keeps the last `limit` bytes of a stream of chunks. Memory is bounded by the limit plus one chunk.

export interface TailBytes {
  add(chunk: Buffer): void;
  /** The kept bytes as UTF-8, without a character at the front that was cut in two. */
  text(): string;
}

export function tailBytes(limit: number): TailBytes {
  const chunks: Buffer[] = [];
  let size = 0;
  let cut = false;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      for (let first = chunks[0]; first !== undefined && size - first.length >= limit; first = chunks[0]) {
        chunks.shift();
        size -= first.length;
        cut = true;
      }
    },
    text() {
      const all = Buffer.concat(chunks);
      let start = Math.max(0, all.length - limit);
      if (cut || start > 0) while (start < all.length && isContinuation(all[start])) start += 1;
      return all.toString('utf8', start);
    },
  };
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
