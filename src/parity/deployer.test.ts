import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Piece, Step } from '../core/own/piece.ts';
import type { Plan } from '../ports/deployer.ts';
import { deployer } from './deployer.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yard-parity-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (path: string): string => join(folder, 'agent', path);
const home = (): string => join(folder, 'home');

function lay(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

const read = (path: string): string => readFileSync(at(path), 'utf8');

const of = { kind: 'rule', name: 'x' } as const;
const entry = (keys: string, value: unknown, more: { order?: 'before' | 'behind'; wrap?: string; path?: string } = {}): Piece => ({
  ...{ kind: 'entry', of, path: at(more.path ?? 'doc.json'), at: keys.split('.'), value },
  ...{ order: more.order ?? null, wrap: more.wrap ?? null },
});
const member = (keys: string, value: string): Piece => ({ kind: 'member', of, path: at('doc.json'), at: keys.split('.'), value });
const file = (path: string, value: string, rivals: string[] = []): Piece => ({
  ...{ kind: 'file', of: { kind: 'command', name: path }, path: at(path), value },
  rivals: rivals.map(at),
});

async function plan(pieces: readonly Piece[], more: { strict?: string[]; version?: string } = {}): Promise<Plan> {
  const { version = '1', strict = [] } = more;
  return deployer(home()).plan({ agent: 'one', version, root: folder, pieces, strict: strict.map(at) });
}

async function deploy(...pieces: readonly Piece[]): Promise<Step[]> {
  const planned = await plan(pieces);
  await planned.carryOut();
  return planned.steps.map(({ step }) => step);
}

async function takeBack(): Promise<Step[]> {
  const [deployed] = await deployer(home()).deployed();
  const planned = await deployer(home()).planBack(deployed!);
  await planned.carryOut();
  return planned.steps.map(({ step }) => step);
}

describe('files', () => {
  it('are written, kept, brought up to date and taken away with the folders that were made for them', async () => {
    expect(await deploy(file('a/b/one.md', '1'))).toEqual(['add']);
    expect(read('a/b/one.md')).toBe('1');
    expect(await deploy(file('a/b/one.md', '1'))).toEqual(['keep']);
    expect(await deploy(file('a/b/one.md', '2'))).toEqual(['update']);
    expect(read('a/b/one.md')).toBe('2');
    expect(await takeBack()).toEqual(['remove']);
    expect(existsSync(at(''))).toBe(false);
    expect(await deployer(home()).deployed()).toEqual([]);
  });

  it('go when they are no longer wanted', async () => {
    await deploy(file('one.md', '1'), file('two.md', '2'));
    expect(await deploy(file('two.md', '2'))).toEqual(['keep', 'remove']);
    expect(readdirSync(at(''))).toEqual(['two.md']);
  });

  it('of the user win, and are never taken away', async () => {
    lay('one.md', 'mine');
    expect(await deploy(file('one.md', '1'))).toEqual(['yours']);
    expect(read('one.md')).toBe('mine');
    await takeBack();
    expect(read('one.md')).toBe('mine');
  });

  it('that the user wrote alike are the user’s', async () => {
    lay('one.md', '1');
    expect(await deploy(file('one.md', '1'))).toEqual(['same']);
    await takeBack();
    expect(read('one.md')).toBe('1');
  });

  it('of the same name elsewhere win, too', async () => {
    lay('skills/one/SKILL.md', 'mine');
    expect(await deploy(file('one.md', '1', ['skills/one/SKILL.md']))).toEqual(['yours']);
    expect(existsSync(at('one.md'))).toBe(false);
  });

  it('that the user changed stay, and are taken back again once they are as we wrote them', async () => {
    await deploy(file('one.md', '1'));
    lay('one.md', 'changed');
    expect(await deploy(file('one.md', '2'))).toEqual(['changed']);
    expect(read('one.md')).toBe('changed');
    lay('one.md', '1');
    expect(await deploy(file('one.md', '2'))).toEqual(['update']);
  });

  it('that the user took out do not come back', async () => {
    await deploy(file('one.md', '1'));
    rmSync(at('one.md'));
    expect(await deploy(file('one.md', '2'))).toEqual(['removed']);
    expect(await deploy(file('one.md', '3'))).toEqual(['removed']);
    expect(existsSync(at('one.md'))).toBe(false);
  });
});

describe('documents', () => {
  const text = `{
\t// mine
\t"hooks": {"Stop": [1, 2.50, "x"]}, /* here */
\t"permissions": {"deny": ["a", "b"], "mode": "x"},
\t"odd": 1e3
}
`;

  it('keep every byte of the rest, twice, and are put back as they were', async () => {
    lay('doc.json', text);
    const pieces = [
      member('permissions.deny', 'b'),
      member('permissions.deny', 'c'),
      member('permissions.ask', 'd'),
      entry('mcp.docs', { a: 1 }),
    ];
    expect(await deploy(...pieces)).toEqual(['same', 'add', 'add', 'add']);
    const written = read('doc.json');
    expect(parse(written)).toEqual({
      hooks: { Stop: [1, 2.5, 'x'] },
      permissions: { deny: ['a', 'b', 'c'], mode: 'x', ask: ['d'] },
      odd: 1000,
      mcp: { docs: { a: 1 } },
    });
    for (const kept of ['\t// mine', '"hooks": {"Stop": [1, 2.50, "x"]}, /* here */', '"odd": 1e3']) expect(written).toContain(kept);
    expect(await deploy(...pieces)).toEqual(['same', 'keep', 'keep', 'keep']);
    expect(read('doc.json')).toBe(written);
    await takeBack();
    expect(read('doc.json')).toBe(text);
  });

  it('are made private, and go where nothing else is in them', async () => {
    await deploy(entry('mcp.docs', 1));
    expect(read('doc.json')).toBe('{\n  "mcp": {\n    "docs": 1\n  }\n}\n');
    expect(statSync(at('doc.json')).mode & 0o777).toBe(0o600);
    await takeBack();
    expect(existsSync(at('doc.json'))).toBe(false);
  });

  it('go although their agent noted what they are', async () => {
    await deploy(entry('mcp.docs', 1));
    lay('doc.json', read('doc.json').replace('{', '{\n  "$schema": "https://example.com/x.json",'));
    await takeBack();
    expect(existsSync(at('doc.json'))).toBe(false);
  });

  it('that are empty, or have other line ends', async () => {
    lay('doc.json', '');
    await deploy(entry('a', 1));
    expect(parse(read('doc.json'))).toEqual({ a: 1 });
    await takeBack();
    expect(read('doc.json')).toBe('');
    lay('doc.json', '{\r\n    "b": 1\r\n}\r\n');
    await deploy(entry('a', 1));
    expect(read('doc.json')).toBe('{\r\n    "b": 1,\r\n    "a": 1\r\n}\r\n');
  });

  it('behind a link are replaced, not the link', async () => {
    lay('dotfiles/doc.json', '{}');
    symlinkSync(at('dotfiles/doc.json'), at('doc.json'));
    await deploy(entry('a', 1));
    expect(lstatSync(at('doc.json')).isSymbolicLink()).toBe(true);
    expect(parse(read('dotfiles/doc.json'))).toEqual({ a: 1 });
  });

  it('that somebody changed meanwhile lose ours alone', async () => {
    lay('doc.json', text);
    await deploy(member('permissions.deny', 'c'), member('permissions.ask', 'd'), entry('mcp.docs', 1));
    lay('doc.json', read('doc.json').replace('"odd": 1e3', '"odd": 2').replace('"c"', '"c", "own"'));
    await takeBack();
    expect(parse(read('doc.json'))).toEqual({
      hooks: { Stop: [1, 2.5, 'x'] },
      permissions: { deny: ['a', 'b', 'own'], mode: 'x' },
      odd: 2,
    });
    expect(read('doc.json')).toContain('// mine');
  });

  it.each([[[]], [['doc.json']]])('are read behind a byte order mark, which stays (%j)', async (strict) => {
    const marked = '\ufeff{\n  "mine": 1\n}\n';
    lay('doc.json', marked);
    const planned = await plan([entry('mcp.docs', 1)], { strict });
    expect(planned.faults).toEqual([]);
    await planned.carryOut();
    expect(read('doc.json')).toBe('\ufeff{\n  "mine": 1,\n  "mcp": {\n    "docs": 1\n  }\n}\n');
    expect(await deploy(entry('mcp.docs', 1))).toEqual(['keep']);
    expect(await deploy(entry('mcp.docs', 2))).toEqual(['update']);
    await takeBack();
    expect(read('doc.json')).toBe(marked);
    lay('doc.json', '\ufeff');
    await deploy(entry('a', 1));
    expect(read('doc.json')).toMatch(/^\ufeff\{\s+"a": 1\s+\}\s*$/);
  });

  it('do not get back what the user took out of them', async () => {
    lay('doc.json', text);
    await deploy(member('permissions.deny', 'c'));
    lay('doc.json', text);
    expect(await deploy(member('permissions.deny', 'c'))).toEqual(['removed']);
    expect(read('doc.json')).toBe(text);
  });

  it('keep what stands in the place of a piece', async () => {
    lay('doc.json', '{"mcp": {"docs": "mine"}, "permissions": [], "list": {"deny": "all"}}');
    expect(await deploy(entry('mcp.docs', 1), member('permissions.deny', 'c'), member('list.deny', 'c'))).toEqual([
      'yours',
      'yours',
      'yours',
    ]);
    expect(read('doc.json')).toContain('"mine"');
  });

  it.each([
    ['{"a": 1,, }', [], 'doc.json:1:9: PropertyNameExpected'],
    ['{\n  "a": [1\n', [], 'doc.json:3:1: CloseBracketExpected'],
    ['[]', [], 'doc.json:1:1: expected an object of keys'],
    ['{"a": 1} // mine', ['doc.json'], 'doc.json:1:10: InvalidCommentToken'],
    ['{"a": 1,}', ['doc.json'], 'doc.json:1:9'],
    ['\ufeff{"a": 1,, }', [], 'doc.json:1:9: PropertyNameExpected'],
    [Buffer.from([0x7b, 0xff, 0x7d]), [], 'it is not UTF-8 text'],
  ])('that cannot be read (%j) stay as they are, and others go on', async (broken, strict, message) => {
    await deploy(entry('a', 1), entry('a', 1, { path: 'other.json' }));
    lay('doc.json', broken);
    const planned = await plan([entry('a', 2), entry('a', 2, { path: 'other.json' })], { strict });
    expect(planned.faults.map((fault) => fault.message)).toEqual([expect.stringContaining(message)]);
    await planned.carryOut();
    expect(readFileSync(at('doc.json'))).toEqual(Buffer.from(broken));
    expect(parse(read('other.json'))).toEqual({ a: 2 });
    // The record of our pieces in it is kept.
    lay('doc.json', '{"a": 1}');
    expect(await deploy(entry('a', 2), entry('a', 2, { path: 'other.json' }))).toEqual(['update', 'keep']);
  });

  it('that change between plan and deed are left alone', async () => {
    lay('doc.json', '{}');
    const planned = await plan([entry('a', 1)]);
    lay('doc.json', '{"b": 1}');
    await expect(planned.carryOut()).rejects.toMatchObject({ code: 'changed-meanwhile' });
    expect(read('doc.json')).toBe('{"b": 1}');
    // And nothing that we did not write counts as ours.
    expect(await deploy(entry('a', 1))).toEqual(['add']);
  });
});

describe('keys whose order counts', () => {
  const allow = (key: string): Piece => entry(`permission.bash.${key}`, 'allow', { order: 'before', wrap: '*' });
  const deny = (key: string): Piece => entry(`permission.bash.${key}`, 'deny', { order: 'behind', wrap: '*' });
  const keys = (): string[] => Object.keys((parse(read('doc.json')) as { permission: { bash: object } }).permission.bash);

  it('stand before and behind what the user wrote, in their order, also when one comes later', async () => {
    lay('doc.json', '{"permission": {"bash": {"*": "ask", "git *": "allow"}}}');
    await deploy(allow('a'), allow('b'), deny('y'), deny('z'));
    expect(keys()).toEqual(['a', 'b', '*', 'git *', 'y', 'z']);
    await deploy(allow('0'), allow('b'), deny('x'), deny('y'), deny('z'));
    expect(keys()).toEqual(['0', 'b', '*', 'git *', 'x', 'y', 'z']);
    await takeBack();
    expect(read('doc.json')).toBe('{"permission": {"bash": {"*": "ask", "git *": "allow"}}}');
  });

  it('stand beside a word of the user’s, which is one again afterwards', async () => {
    lay('doc.json', '{"permission": {"bash": "ask"}}');
    expect(await deploy(allow('a'), deny('z'))).toEqual(['add', 'add']);
    expect(parse(read('doc.json'))).toEqual({ permission: { bash: { a: 'allow', '*': 'ask', z: 'deny' } } });
    lay('doc.json', read('doc.json').replace('{', '{"own": 1,'));
    await takeBack();
    expect(parse(read('doc.json'))).toEqual({ own: 1, permission: { bash: 'ask' } });
  });
});

describe('whatever a user has', () => {
  const key = fc.constantFrom('a', 'b', 'list', 'permission', 'mcp', '*', 'ü"\\', 'constructor', '__proto_');
  const word = fc.constantFrom('ask', 'allow', 'x', '');
  const value = fc.letrec<{ value: unknown; object: object }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      word,
      fc.integer(),
      fc.constant(null),
      fc.array(word, { maxLength: 3 }),
      fc.array(tie('object'), { maxLength: 2 }),
      tie('object'),
    ),
    object: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  }));
  const layout = fc.record({
    indent: fc.constantFrom(0, 1, 2, 4, '\t'),
    crlf: fc.boolean(),
    comment: fc.boolean(),
    end: fc.constantFrom('', '\n'),
  });
  const text = fc.tuple(value.object, layout).map(([object, { indent, crlf, comment, end }]) => {
    const plain = JSON.stringify(object, null, indent) + end;
    const told = comment ? plain.replace('{', '{ /* a person’s */').replaceAll(/,$/gm, ', // and why') : plain;
    return crlf ? told.replaceAll('\n', '\r\n') : told;
  });
  const keysTo = fc.array(key, { minLength: 1, maxLength: 3 });
  const plain = keysTo.filter(([first]) => first !== 'permission');
  // The key under which a word is moved has no keys below it.
  const ordered = keysTo.filter((keys) => !keys.slice(0, -1).includes('*')).map((keys) => ['permission', ...keys]);
  const piece = fc.oneof(
    fc.record({
      kind: fc.constant('entry' as const),
      at: plain,
      value: fc.oneof(word, fc.record({ type: word })),
      order: fc.constant(null),
      wrap: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('entry' as const),
      at: ordered,
      value: word,
      order: fc.constantFrom('before' as const, 'behind' as const),
      wrap: fc.constant('*'),
    }),
    fc.record({ kind: fc.constant('member' as const), at: plain, value: word }),
  );
  /** No path leads through another: an agent's form has each position once. */
  const pieces = fc
    .uniqueArray(piece, { maxLength: 5, selector: (one) => JSON.stringify([one.at, one.kind === 'member' ? one.value : '']) })
    .map((all) =>
      all.filter((mine, index) =>
        all.slice(0, index).every((other) => {
          const [a, b] = [mine, other].map(({ at: keys }) => JSON.stringify(keys).replace(']', ','));
          if (mine.kind === 'member' && other.kind === 'member' && a === b) return true;
          return !a!.startsWith(b!) && !b!.startsWith(a!);
        }),
      ),
    );

  /** Each of the user's values is where it was, or under the key that makes room beside it. */
  function expectKept(mine: unknown, now: unknown, where: string): void {
    if (typeof mine === 'string' && typeof now === 'object' && now !== null)
      return expect(Object.entries(now), where).toContainEqual(['*', mine]);
    if (Array.isArray(mine)) return expect((now as unknown[]).slice(0, mine.length), where).toEqual(mine);
    if (typeof mine !== 'object' || mine === null) return expect(now, where).toEqual(mine);
    for (const [name, inner] of Object.entries(mine)) expectKept(inner, (now as Record<string, unknown>)[name], `${where}.${name}`);
  }

  it('nothing that is not ours is lost, nothing changes twice, and all goes back', async () => {
    await fc.assert(
      fc.asyncProperty(text, pieces, pieces, fc.boolean(), async (before, first, second, touched) => {
        rmSync(folder, { recursive: true, force: true });
        lay('doc.json', before);
        const path = at('doc.json');
        for (const set of [first, first, second]) {
          const wanted = set.map((one): Piece => ({ ...one, of, path }));
          await deploy(...wanted);
          const now = read('doc.json');
          expectKept(parse(before), parse(now), '');
          for (const comment of before.match(/\/\*.*?\*\/|\/\/ .*$/gm) ?? []) expect(now).toContain(comment);
          expect((await plan(wanted)).changes, now).toEqual([]);
          if (touched) lay('doc.json', `${now} `);
        }
        await takeBack();
        if (touched) expect(existsSync(path) ? parse(read('doc.json')) : {}).toEqual(parse(before));
        else expect(read('doc.json')).toBe(before);
      }),
      { numRuns: 150 },
    );
  });
});
