// A stream that people or scripts read. No text from others can control a terminal behind it.
import { once } from 'node:events';
import { onScreen } from '../lib/visible.ts';
import type { Screen } from './context.ts';

export function screenOf(stream: NodeJS.WriteStream): Screen {
  const decoder = new TextDecoder();
  // Raw bytes are meant for another program and are passed on unchanged.
  const safe = (chunk: string | Uint8Array): string | Uint8Array =>
    typeof chunk === 'string' ? onScreen(chunk) : stream.isTTY ? onScreen(decoder.decode(chunk, { stream: true })) : chunk;
  return {
    write: (text) => void stream.write(safe(text)),
    ring: () => void (stream.isTTY && stream.write('\u0007')),
    send: async (chunk, signal) => {
      if (stream.write(safe(chunk)) || signal.aborted) return;
      await once(stream, 'drain', { signal }).catch(() => undefined);
    },
    isTTY: stream.isTTY,
    // Some terminals report a width of 0 columns.
    columns: stream.columns || 80,
    colour: stream.isTTY && (process.env['NO_COLOR'] ?? '') === '',
  };
}
