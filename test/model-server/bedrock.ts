// Answers as Amazon Bedrock does: with the events of the Messages API, each within a frame of AWS's binary event stream. A
// frame consists of two lengths and their checksum, headers, the event in base64 within JSON, and a checksum of everything.
import { crc32 } from 'node:zlib';
import { anthropic } from './anthropic.ts';
import type { Protocol } from './protocol.ts';

export const bedrock: Protocol = {
  ...anthropic,
  streamType: 'application/vnd.amazon.eventstream',
  failure: ({ message }) => ({ message }),
  stream(reply, request) {
    const { opening, rest } = anthropic.stream(reply, request);
    return { opening: opening.map(chunk), rest: rest.map(chunk) };
  },
  streamError: ({ message }) =>
    framed({ ':message-type': 'exception', ':exception-type': 'internalServerException' }, JSON.stringify({ message })),
};

function chunk(event: string): string {
  const bytes = Buffer.from(event.slice(event.indexOf('data: ') + 6).trim()).toString('base64');
  return framed({ ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' }, JSON.stringify({ bytes }));
}

/** Each byte is the character with its number. */
function framed(headers: Readonly<Record<string, string>>, payload: string): string {
  const header = Buffer.concat(
    Object.entries(headers).map(([name, value]) =>
      // 7: the value is a string.
      Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, 0, value.length]), Buffer.from(value)]),
    ),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.concat([number(12 + header.length + body.length + 4), number(header.length)]);
  const message = Buffer.concat([prelude, number(crc32(prelude)), header, body]);
  return Buffer.concat([message, number(crc32(message))]).toString('latin1');
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
