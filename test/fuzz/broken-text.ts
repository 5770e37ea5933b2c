// Unusual text: any UTF-16, any bytes, and normal text with pieces removed, doubled, exchanged and inserted.
import fc from 'fast-check';

/** Characters that some program somewhere misinterprets. */
const oddCharacters = [
  '\u0000',
  '\u0007',
  '\u001b[31m',
  '\u000b',
  '\f',
  '\r',
  '\n',
  '\r\n',
  '\t',
  '\u0085',
  '\u00a0',
  '\u00ad',
  '\u200b',
  '\u200d',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u3000',
  '\ufeff',
  '\ufffd',
  '\uffff',
  '\ud800',
  '\udc00',
  '😀',
  'e\u0301',
  'İ',
];

/** Any UTF-16, including lone surrogates. */
const anyUnits = fc.array(fc.nat(0xffff), { maxLength: 120 }).map((units) => String.fromCharCode(...units));
/** Any bytes, decoded like those of a file. */
const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8'));

export const anyText = fc.oneof(anyUnits, anyBytes, fc.string({ maxLength: 80 }));

/** From 0 to 1, in steps fine enough for any position in a text. */
const share = fc.nat(9999).map((part) => part / 10_000);

interface Cut {
  readonly from: number;
  readonly length: number;
  readonly to: number;
  readonly how: 'drop' | 'double' | 'move' | 'put';
  readonly put: string;
}

/** The text, changed in up to `most` places; `pieces` are inserted besides odd characters. */
export function broken(
  text: fc.Arbitrary<string>,
  given: { readonly pieces: readonly string[]; readonly most: number },
): fc.Arbitrary<string> {
  const cut: fc.Arbitrary<Cut> = fc.record({
    from: share,
    length: fc.oneof(fc.nat(3), fc.nat(40), fc.nat(400)),
    to: share,
    how: fc.constantFrom('drop', 'double', 'move', 'put', 'put'),
    put: fc.oneof(fc.constantFrom(...given.pieces), fc.constantFrom(...oddCharacters), fc.string({ maxLength: 4 })),
  });
  return fc.tuple(text, fc.array(cut, { maxLength: given.most })).map(([start, cuts]) => cuts.reduce(apply, start));
}

function apply(text: string, cut: Cut): string {
  const from = Math.floor(cut.from * (text.length + 1));
  const to = Math.floor(cut.to * (text.length + 1));
  const piece = text.slice(from, from + cut.length);
  switch (cut.how) {
    case 'drop':
      return text.slice(0, from) + text.slice(from + cut.length);
    case 'double':
      return text.slice(0, from) + piece + text.slice(from);
    case 'move':
      return text.slice(0, to) + piece + text.slice(to);
    case 'put':
      return text.slice(0, from) + cut.put + text.slice(from);
  }
}

/** A piece repeated up to a megabyte: work that grows with the square of the length shows in the time it takes. */
export function endless(piece: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.integer({ min: 12, max: 20 }))
    .map(([pieces, power]) => ({ unit: pieces.join(''), size: 2 ** power }))
    .map(({ unit, size }) => unit.repeat(Math.ceil(size / Math.max(1, unit.length))));
}
