// One transcript event as a line for people; null where there is nothing worth a line.
import type { TranscriptEvent } from '../core/transcript.ts';
import { dollars } from '../lib/table.ts';

export function transcriptLine(event: TranscriptEvent): string | null {
  switch (event.type) {
    case 'started':
      return event.model === null ? null : `· started: ${event.model}${event.keySource === null ? '' : `, key from ${event.keySource}`}`;
    case 'said':
      return event.text.trim();
    case 'tool':
      return `▸ ${event.name} ${event.input}`;
    case 'answer':
      return event.ok ? null : `  ✗ ${event.denied ? 'denied: ' : ''}${event.output}`;
    case 'step':
      return event.cost === null || event.cost === 0
        ? null
        : `· ${dollars(event.cost / 1e6)}, ${event.tokens.input} in, ${event.tokens.output} out`;
    case 'child':
      return null;
    case 'retry':
      return `· the request is tried again: ${event.status ?? ''} ${event.message}`;
    case 'limit':
      return event.state === 'allowed' ? null : `· limit ${event.window ?? ''}: ${event.state}`;
    case 'error':
      return `✗ ${event.message}`;
    case 'ended':
      return `${event.ok ? '✓' : '✗'} ended${event.cost === 0 ? '' : `, ${dollars(event.cost / 1e6)}`}${event.ok ? '' : `: ${event.message}`}`;
    case 'noted':
      return `? ${event.text.slice(0, 120)}`;
  }
}
