// Formats one transcript event for people; null if it is not worth a line.
import { toUsd } from '../core/money/usd.ts';
import { toolCall } from '../core/transcript/tool-call.ts';
import type { TranscriptEvent } from '../core/transcript/transcript.ts';
import { dollars } from '../lib/table.ts';

export interface Shown {
  readonly text: string;
  /** `words` is text of the agent and may have any number of lines. Every other tone is one line of ours. */
  readonly tone: 'words' | 'act' | 'aside' | 'good' | 'bad';
}

export function transcriptLine(event: TranscriptEvent): string | null {
  return shownEvent(event)?.text ?? null;
}

export function shownEvent(event: TranscriptEvent): Shown | null {
  const inner = 'child' in event ? '  ↳ ' : '';
  switch (event.type) {
    case 'started':
      return event.model === null
        ? null
        : aside(`started: ${event.model}${event.keySource === null ? '' : `, key from ${event.keySource}`}`);
    case 'said':
      return { text: event.text.trim(), tone: 'words' };
    case 'tool':
      return { text: `${inner}▸ ${toolCall(event)}`, tone: 'act' };
    case 'answer':
      return event.ok ? null : { text: `${inner}  ✗ ${event.denied ? 'denied: ' : ''}${event.output}`, tone: 'bad' };
    case 'step':
      return event.cost === null || event.cost === 0
        ? null
        : aside(`${dollars(toUsd(event.cost))}, ${event.tokens.input} in, ${event.tokens.output} out`);
    case 'child':
      return event.cost === 0 ? null : aside(`${dollars(toUsd(event.cost))} by a subagent so far`);
    case 'retry':
      return aside(`the agent repeats the request: ${event.status === null ? '' : `${event.status} `}${event.message}`);
    case 'limit':
      return event.state === 'allowed' ? null : aside(`limit ${event.window ?? ''}: ${event.state}`);
    case 'error':
      return { text: `✗ ${event.message}`, tone: 'bad' };
    case 'ended': {
      const cost = event.cost === 0 ? '' : `, ${dollars(toUsd(event.cost))}`;
      return event.ok ? { text: `✓ ended${cost}`, tone: 'good' } : { text: `✗ ended${cost}: ${event.message}`, tone: 'bad' };
    }
    case 'compacted':
      return aside('the conversation was too long and was replaced by a summary');
    case 'noted':
      return { text: `? ${event.text.slice(0, 120)}`, tone: 'aside' };
  }
}

function aside(text: string): Shown {
  return { text: `· ${text}`, tone: 'aside' };
}
