import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readStream } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { todoFile, todoFileWith } from './list-file.ts';

const isRoot = process.getuid?.() === 0;
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'todo-file-'));
  path = join(folder, 'TODO.md');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const fault = (code: string, message: string) =>
  expect.objectContaining({ name: 'Fault', code, message: expect.stringContaining(message), hint: expect.any(String) });

describe('read', () => {
  it('returns the unchanged text, and null if there is no file', async () => {
    const text = '\uFEFF# ä\r\n- [ ] t1 日本\u0000\n\tno newline';
    await writeFile(path, text);
    expect(await todoFile.read(path)).toEqual({ text, mark: expect.any(String) });
    expect(await todoFile.read(join(folder, 'none.md'))).toBeNull();
    expect(await todoFile.read(join(path, 'TODO.md'))).toBeNull();
  });

  it('has a different mark for each content', async () => {
    await writeFile(path, 'a');
    const first = await todoFile.read(path);
    expect((await todoFile.read(path))?.mark).toBe(first?.mark);
    await writeFile(path, 'ab');
    const second = await todoFile.read(path);
    expect(second?.mark).not.toBe(first?.mark);
    const from = todoFile.mark(path);
    const told: unknown[] = [];
    await todoFile.edit(
      path,
      () => 'xy',
      (marks) => told.push(marks, todoFile.mark(path)),
    );
    expect(told).toEqual([{ from, to: todoFile.mark(path) }, todoFile.mark(path)]);
    expect((await todoFile.read(path))?.mark).not.toBe(second?.mark);
  });

  it('says in which line the bytes are not UTF-8', async () => {
    await writeFile(path, Buffer.concat([Buffer.from('ä\r\nb\n'), Buffer.from([0x61, 0xff, 0x0a, 0xff])]));
    await expect(todoFile.read(path)).rejects.toEqual(fault('todo-unreadable', 'line 3'));
    await writeFile(path, Buffer.from([0x61, 0x0a, 0xc3]));
    await expect(todoFile.edit(path, () => 'x')).rejects.toEqual(fault('todo-unreadable', 'line 2'));
    await writeFile(path, Buffer.from('\uFEFF- [ ] t1', 'utf16le'));
    await expect(todoFile.read(path)).rejects.toEqual(fault('todo-unreadable', 'UTF-16'));
  });

  it('refuses a file that is too large without reading it', async () => {
    await writeFile(path, '');
    await truncate(path, 64 * 1024 * 1024 + 1);
    await expect(todoFile.read(path)).rejects.toEqual(fault('todo-too-large', '64 MiB'));
  });

  it('refuses a path that is not a file, and does not wait for a pipe', async () => {
    await mkdir(path);
    await expect(todoFile.read(path)).rejects.toEqual(fault('todo-unreadable', 'not a file'));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(todoFile.read(pipe)).rejects.toEqual(fault('todo-unreadable', 'not a file'));
  });

  it('reports why it cannot read', async () => {
    await symlink('TODO.md', path);
    await expect(todoFile.read(path)).rejects.toEqual(fault('todo-unreadable', 'ELOOP'));
    await expect(todoFile.edit(path, () => 'x')).rejects.toEqual(fault('todo-unreadable', 'ELOOP'));
  });

  it('reports missing permission to read', async ({ skip }) => {
    skip(isRoot, 'root may read everything');
    await writeFile(path, 'a', { mode: 0 });
    await expect(todoFile.read(path)).rejects.toEqual(fault('todo-unreadable', 'EACCES'));
  });
});

describe('edit', () => {
  it('replaces the file, keeps its mode and leaves nothing behind', async () => {
    await writeFile(path, '\uFEFFa\r\nü');
    await chmod(path, 0o640);
    const before = await stat(path);
    expect(await todoFile.edit(path, (text) => `${text}!`)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('\uFEFFa\r\nü!');
    const after = await stat(path);
    expect(after.mode & 0o7777).toBe(0o640);
    expect(after.ino).not.toBe(before.ino);
    expect(await readdir(folder)).toEqual(['TODO.md']);
  });

  it.runIf(isRoot)('keeps the owner', async () => {
    await writeFile(path, 'a');
    await chown(path, 1234, 2345);
    await todoFile.edit(path, () => 'b');
    expect(await stat(path)).toMatchObject({ uid: 1234, gid: 2345 });
  });

  it('leaves the file alone if nothing is to be changed', async () => {
    await writeFile(path, 'a');
    const before = await stat(path, { bigint: true });
    expect(await todoFile.edit(path, () => null)).toBe(false);
    expect(await todoFile.edit(path, (text) => text)).toBe(false);
    expect(await stat(path, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
    expect(await todoFile.edit(join(folder, 'none.md'), () => 'x')).toBe(false);
    expect(await todoFile.edit(join(path, 'x'), () => 'x')).toBe(false);
    expect(await readdir(folder)).toEqual(['TODO.md']);
  });

  it('follows a symbolic link', async () => {
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real', 'list.md'), 'a');
    await symlink(join('real', 'list.md'), path);
    expect(await todoFile.edit(path, () => 'b')).toBe(true);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real', 'list.md'), 'utf8')).toBe('b');
    expect(await readdir(join(folder, 'real'))).toEqual(['list.md']);
  });

  it('is computed again when somebody else wrote in between', async () => {
    await writeFile(path, 'a');
    const seen: string[] = [];
    const change = (text: string): string => {
      seen.push(text);
      if (seen.length === 1) appendFileSync(path, 'b');
      // The length and inode are the same: only the content shows the change.
      if (seen.length === 2) writeFileSync(path, 'xy');
      return `${text}!`;
    };
    expect(await todoFile.edit(path, change)).toBe(true);
    expect(seen).toEqual(['a', 'ab', 'xy']);
    expect(readFileSync(path, 'utf8')).toBe('xy!');
    expect(await readdir(folder)).toEqual(['TODO.md']);
  });

  it('does not bring back a file that was deleted in between', async () => {
    await writeFile(path, 'a');
    const change = (text: string): string => {
      execFileSync('rm', [path]);
      return `${text}!`;
    };
    expect(await todoFile.edit(path, change)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives up on a file that never stays the same', async () => {
    await writeFile(path, 'a');
    const change = (text: string): string => {
      appendFileSync(path, 'b');
      return `${text}!`;
    };
    await expect(todoFile.edit(path, change)).rejects.toEqual(fault('todo-busy', 'again and again'));
    expect(readFileSync(path, 'utf8')).toMatch(/^ab+$/);
    expect(await readdir(folder)).toEqual(['TODO.md']);
  });

  it('passes on an error of the change, and releases the lock', async () => {
    await writeFile(path, 'a');
    let calls = 0;
    const change = (): string => {
      calls += 1;
      // The second call is under the lock, because somebody else wrote in between.
      if (calls === 2) throw new RangeError('no');
      appendFileSync(path, 'b');
      return 'b';
    };
    await expect(todoFile.edit(path, change)).rejects.toThrow(RangeError);
    expect(await readdir(folder)).toEqual(['TODO.md']);
  });

  it('reports that the new file cannot be made in the folder', async () => {
    const long = join(folder, 'x'.repeat(250));
    await writeFile(long, 'a');
    await expect(todoFile.edit(long, () => 'b')).rejects.toEqual(fault('todo-unwritable', 'ENAMETOOLONG'));
  });
});

const count = (text: string): string => text.replace(/\d+/, (number) => String(Number(number) + 1));

describe('several editors', () => {
  it('lose nothing, in one process and in several', { timeout: 60_000 }, async () => {
    await writeFile(path, '0\n');
    const module = JSON.stringify(new URL('list-file.ts', import.meta.url).href);
    const script = `const { todoFile } = await import(${module}); for (let n = 0; n < 25; n += 1) await todoFile.edit(process.argv[1], ${String(count)});`;
    const others = [1, 2].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', script, path], { stdio: ['ignore', 'ignore', 'pipe'] }),
    );
    const told = others.map((other) => readStream(other.stderr));
    const ends = others.map((other) => once(other, 'close'));
    await Promise.all(Array.from({ length: 25 }, () => todoFile.edit(path, count)));
    expect(
      (await Promise.all(ends)).map(([code]) => code),
      (await Promise.all(told)).join(''),
    ).toEqual([0, 0]);
    expect(readFileSync(path, 'utf8')).toBe('75\n');
    expect(await readdir(folder)).toEqual(['TODO.md']);
  });

  it('take over the lock of a process that died', async () => {
    await writeFile(path, '0');
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    await writeFile(join(folder, '.TODO.md.lock'), `${hostname()} ${dead}\n`);
    await Promise.all(Array.from({ length: 5 }, () => todoFile.edit(path, count)));
    expect(readFileSync(path, 'utf8')).toBe('5');
    expect(await readdir(folder)).toEqual(['TODO.md']);
  });

  it.each(['elsewhere 999999999\n', '', `${hostname()} ${process.pid}\n`])(
    'wait for a lock whose holder may live, and take it over when it is old: %j',
    async (content) => {
      await writeFile(path, '0');
      const lock = join(folder, '.TODO.md.lock');
      await writeFile(lock, content);
      await expect(todoFileWith({ staleMs: 600_000, waitMs: 1 }).edit(path, count)).rejects.toEqual(fault('todo-busy', lock));
      expect(readFileSync(lock, 'utf8')).toBe(content);
      expect(await todoFileWith({ staleMs: 1, waitMs: 600_000 }).edit(path, count)).toBe(true);
      expect(await readdir(folder)).toEqual(['TODO.md']);
    },
  );
});

describe('leftovers of a killed editor', () => {
  const drafts = [`.TODO.md.${crypto.randomUUID()}.tmp`, `.TODO.md.${crypto.randomUUID()}.tmp`];
  const lock = `.TODO.md.lock.${crypto.randomUUID()}`;
  const others = ['.TODO.md.notes.tmp', '.TODO.md.swp', `.OTHER.md.${crypto.randomUUID()}.tmp`, `TODO.md.${crypto.randomUUID()}.tmp`];

  it('are removed by the next edit, and nothing else is', async () => {
    await writeFile(path, 'old\n');
    for (const name of [...drafts, lock, ...others]) await writeFile(join(folder, name), 'x');
    const list = todoFileWith({ staleMs: -1, waitMs: 1000 });
    expect(await list.edit(path, () => null)).toBe(false);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(drafts));
    expect(await list.edit(path, () => 'new\n')).toBe(true);
    expect((await readdir(folder)).toSorted()).toEqual(['TODO.md', ...others].toSorted());
  });

  it('are removed by tidying without an edit, with the lock of a dead editor', async () => {
    await writeFile(path, 'old\n');
    const dead = spawnSync('true').pid;
    for (const name of [...drafts, lock, ...others]) await writeFile(join(folder, name), 'x');
    await writeFile(join(folder, '.TODO.md.lock'), `${hostname()} ${dead}\n`);
    await todoFileWith({ staleMs: -1, waitMs: 1000 }).tidy(path);
    expect((await readdir(folder)).toSorted()).toEqual(['TODO.md', ...others].toSorted());
    expect(readFileSync(path, 'utf8')).toBe('old\n');
  });

  it('stay while an editor is at work', async () => {
    await writeFile(path, 'old\n');
    await writeFile(join(folder, '.TODO.md.lock'), `${hostname()} ${process.pid}\n`);
    for (const name of drafts) await writeFile(join(folder, name), 'x');
    await todoFileWith({ staleMs: 600_000, waitMs: 1 }).tidy(path);
    expect((await readdir(folder)).toSorted()).toEqual(['.TODO.md.lock', 'TODO.md', ...drafts].toSorted());
  });

  it('tidying ignores a list that does not exist, and a folder that cannot be read', async () => {
    await expect(todoFile.tidy(join(folder, 'none', 'TODO.md'))).resolves.toBeUndefined();
    await writeFile(join(folder, 'file'), '');
    await expect(todoFile.tidy(join(folder, 'file', 'TODO.md'))).resolves.toBeUndefined();
  });

  it('a lock that was just moved away stays, because its taker still works with it', async () => {
    await writeFile(path, 'old\n');
    await writeFile(join(folder, lock), 'x');
    await todoFile.edit(path, () => 'new\n');
    expect(await readdir(folder)).toContain(lock);
  });
});

describe('brief', () => {
  it('is written if there is none, and never replaced', async () => {
    const path = join(folder, 'todo', 'tasks', 't2-brief.md');
    const text = '# What\r\n\n';
    expect(await todoFile.writeBrief({ root: folder, id: 't2', text })).toBe(path);
    expect(readFileSync(path, 'utf8')).toBe(text);
    await expect(todoFile.writeBrief({ root: folder, id: 't2', text: 'other' })).rejects.toEqual(fault('todo-unwritable', 'EEXIST'));
    expect(await todoFile.brief(folder, 't2')).toBe(text);
  });

  it('is read from the file of the task', async () => {
    await mkdir(join(folder, 'todo', 'tasks'), { recursive: true });
    await writeFile(join(folder, 'todo', 'tasks', 't1.2-brief.md'), '\uFEFF# What\n');
    expect(await todoFile.brief(folder, 't1.2')).toBe('# What\n');
    expect(await todoFile.brief(folder, 't1')).toBeNull();
  });

  it('is never read from outside its folder, nor beyond a size limit', async () => {
    await mkdir(join(folder, 'todo', 'tasks'), { recursive: true });
    await writeFile(join(folder, 'x-brief.md'), 'secret');
    expect(await todoFile.brief(folder, '../../x')).toBeNull();
    await writeFile(join(folder, 'todo', 'tasks', 't1-brief.md'), Buffer.alloc(1024 * 1024 + 1, 97));
    await expect(todoFile.brief(folder, 't1')).rejects.toEqual(fault('todo-too-large', '1 MiB'));
  });
});
