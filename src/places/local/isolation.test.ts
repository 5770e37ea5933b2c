// Tests the isolation, as this user and, if this is root, as an ordinary one. Each trial is a separate process that
// requests an isolation and runs a script in it; the result is examined from outside.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsLinux } from '../../../test/support/skip-without.ts';
import type { Answer, Asked } from './boundary-server.fixture.ts';
import type { Wish } from './isolation.ts';
import { mountPoints, mountsFor } from './read-only-mounts.ts';

const isRoot = process.getuid?.() === 0;
const ordinary = ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const users: [string, readonly string[]][] = isRoot
  ? [
      ['root', []],
      ['an ordinary user', ordinary],
    ]
  : [['this user', []]];

interface Server {
  ask(asked: Asked): Promise<Answer>;
  end(): void;
}

const fixture = new URL('./boundary-server.fixture.ts', import.meta.url).pathname;

/** A process of this user; `inside`: a command that prepares something, and then executes the words behind it. */
function serve(given: { readonly as: readonly string[]; readonly inside?: readonly string[] }): Server {
  const [file, ...args] = [...(given.inside ?? []), ...given.as, process.execPath, fixture];
  const child = spawn(file, args, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(asked) {
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the process that asks for boundaries has ended');
      return JSON.parse(value) as Answer;
    },
    end: () => child.stdin.end(),
  };
}

const both = (folder: string): Wish => ({ pids: 'auto', protect: [folder], writable: [] });

// Each script gets $theirs, and $OUTSIDE, an outside process of the same user.
const nested = (script: string): string => `unshare --user --map-root-user --mount /bin/sh -c '${script}'`;
const attacks: readonly [string, string][] = [
  ['by its path', 'echo mine >>"$theirs/file"; echo mine >"$theirs/new"; mkdir "$theirs/folder"; rm "$theirs/file"; truncate -s 0 "$theirs/file"'],
  ['by its mode and times', 'chmod 700 "$theirs" "$theirs/file"; touch "$theirs/new" "$theirs/file"; setfattr -n user.a -v b "$theirs/file"'],
  ['by another name of it', 'mv "$theirs" ../moved; mv "$theirs/file" .; ln "$theirs/file" linked && echo mine >>linked; ln -s "$theirs" name; echo mine >name/new'],
  ['by mounting it otherwise', 'mount -o remount,bind,rw "$theirs"; umount "$theirs"; umount -l "$theirs"; echo mine >"$theirs/new"'],
  ['by mounting it elsewhere', 'mkdir at; mount --bind "$theirs" at; mount --bind / at; echo mine >at/new; echo mine >"at$theirs/new"'],
  ['by what is beneath the mount, in a namespace of its own', nested('umount "$theirs"; umount -l "$theirs"; mount -o remount,bind,rw "$theirs"; echo mine >"$theirs/new"')],
  ['by a bind mount in a namespace of its own', nested('mkdir at; mount --bind / at && echo mine >"at$theirs/new"; mount --rbind / at; umount -l "at$theirs"; echo mine >"at$theirs/new"')],
  ['by the root of a process outside', 'for pid in 1 $OUTSIDE $MEEK $PPID $$; do echo mine >"/proc/$pid/root$theirs/new"; echo mine >"/proc/$pid/cwd$theirs/new"; done'],
  ['by the root of any process that is seen', 'for one in /proc/[0-9]*; do echo mine >"$one/root$theirs/new"; done'],
  ['by the namespace of a process outside', 'for pid in 1 $OUTSIDE $MEEK; do nsenter --target $pid --mount touch "$theirs/new"; nsenter --target $pid --user --mount touch "$theirs/new"; done'],
  ['by the same from a namespace of its own', nested('for pid in 1 $OUTSIDE $MEEK $PPID; do nsenter --target $pid --mount touch "$theirs/new"; touch "/proc/$pid/root$theirs/new"; done')],
  ['by /proc as it is outside', `umount /proc; umount -l /proc; ${nested('umount -l /proc; for one in /proc/[0-9]*; do touch "$one/root$theirs/new"; done')}`],
  ['by the first process of its own', 'for pid in 1 $PPID; do cat /proc/$pid/mem >mem; gdb -p $pid -batch; echo 0 >/proc/$pid/oom_score_adj; done'],
]; // prettier-ignore

describe('on Linux', () => {
  needsLinux('namespaces are Linux’s');

  describe.each(users)('as %s', (_, as) => {
    let root: string;
    let theirs: string;
    let own: string;
    let server: Server;
    let missing: string | null;

    beforeAll(() => {
      server = serve({ as });
      // Independent of the code under test.
      const [file = '', ...args] = [...as, ...'unshare --user --map-current-user --keep-caps --pid --fork --mount-proc'.split(' ')];
      const can = spawnSync(file, [...args, 'mount', '--bind', '/tmp', '/tmp'], { timeout: 60_000 }).status === 0;
      const reads = spawnSync(as[0] ?? 'test', [...as.slice(1), ...(as.length > 0 ? ['test'] : []), '-r', fixture]).status === 0;
      if (!reads) missing = 'this user cannot read the program';
      else missing = can ? null : 'this user can have no such namespaces here';
    });
    afterAll(() => server.end());
    beforeEach(({ skip }) => {
      if (missing !== null) skip(missing);
      root = mkdtempSync(join(tmpdir(), 'yard-boundary-'));
      // The space and the backslash are escaped in the kernel's table of mounts.
      [theirs, own] = [join(root, 'the\\ irs'), join(root, 'own')];
      for (const folder of [root, theirs, own]) {
        mkdirSync(folder, { recursive: true });
        chmodSync(folder, 0o777);
      }
      writeFileSync(join(theirs, 'file'), 'theirs\n');
      chmodSync(join(theirs, 'file'), 0o666);
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    const tried = (wish: Wish, script: string, by: Server = server): Promise<Answer> =>
      by.ask({ wish, script: `export theirs='${theirs}'; ${script}`, cwd: own });
    const triedInside = async (wish: Wish, script: string, arrange: string): Promise<Answer> => {
      const inside = serve({ as, inside: ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', `${arrange}; exec "$@"`, 'sh'] });
      return tried(wish, script, inside).finally(() => inside.end());
    };

    const untouched = (): void => {
      expect(readdirSync(theirs)).toEqual(['file']);
      expect(readFileSync(join(theirs, 'file'), 'utf8')).toBe('theirs\n');
      expect(statSync(theirs).mode & 0o777).toBe(0o777);
      expect(statSync(join(theirs, 'file')).mode & 0o777).toBe(0o666);
    };

    it.each([
      ['off', false],
      ['off', true],
      ['auto', false],
      ['auto', true],
    ] as const)('each part is had without the other: PID namespace %s, protection %s', async (pids, protects) => {
      const wish = { pids, protect: protects ? [theirs] : [], writable: [] };
      const script = 'readlink /proc/self/ns/pid; echo mine >>"$theirs/file" && echo wrote; echo x >own && exit 7';
      const { output, code, ...facts } = await tried(wish, script);
      expect(facts).toEqual({ pids: pids === 'auto', protects: true });
      expect(code).toBe(7);
      expect(output.includes(readlinkSync('/proc/self/ns/pid'))).toBe(pids === 'off');
      expect(output.includes('wrote')).toBe(!protects);
      expect(readFileSync(join(theirs, 'file'), 'utf8')).toBe(protects ? 'theirs\n' : 'theirs\nmine\n');
      expect(readFileSync(join(own, 'own'), 'utf8')).toBe('x\n');
    });

    it.each(attacks)('nothing is written in a protected folder %s', async (__, attack) => {
      for (const pids of ['auto', 'off'] as const) {
        const script = `${attack}\necho mine >own && exit 7`;
        expect(await tried({ pids, protect: [theirs], writable: [] }, script)).toMatchObject({
          code: 7,
          pids: pids === 'auto',
          protects: true,
        });
        untouched();
        expect(readFileSync(join(own, 'own'), 'utf8')).toBe('mine\n');
      }
    });

    describe('where a folder of its own lies in the protected one', () => {
      const inHome: readonly [string, string][] = [
        ['beside its own', 'echo mine >../new; mkdir ../folder; echo mine >"$theirs/other/new"; rm -rf "$theirs/other"'],
        ['by a link in the place of a folder', 'mv "$theirs/other" "$theirs/aside"; ln -s / "$theirs/link"; mv "$PWD" "$theirs/moved"; rmdir "$PWD"'],
        ['by another name of the whole', 'mv "$theirs" "$theirs.moved"; mv ../../the* ../../moved'],
        ['by the way up from where it stands', 'touch ../new; (cd -P .. && echo mine >new); (cd -P /proc/self/cwd/.. && echo mine >new); for pid in 1 $PPID $OUTSIDE; do echo mine >"/proc/$pid/cwd/../new"; done'],
        ['by mounting it otherwise', 'mount -o remount,bind,rw "$theirs"; umount -l "$theirs"; umount "$PWD"; echo mine >"$theirs/new"'],
        ['by a mount of its own folder elsewhere', nested('mkdir at; mount --rbind .. at && echo mine >at/new; mount --rbind "$theirs" at; umount -l "$theirs"; echo mine >"$theirs/new"')],
      ]; // prettier-ignore

      it.each(inHome)('all of it but that is kept from being written %s', async (__, attack) => {
        const [inner, other] = [join(theirs, 'in ner'), join(theirs, 'other')];
        for (const folder of [inner, other]) {
          mkdirSync(folder);
          chmodSync(folder, 0o777);
        }
        for (const pids of ['auto', 'off'] as const) {
          const wish: Wish = { pids, protect: [theirs], writable: [inner, own] };
          const script = `export theirs='${theirs}'; ${attack}\ncd '${inner}' && echo mine >own && exit 7`;
          expect(await server.ask({ wish, script, cwd: inner })).toMatchObject({ code: 7, pids: pids === 'auto', protects: true });
          expect(readdirSync(root).toSorted()).toEqual(['own', 'the\\ irs']);
          expect(readdirSync(theirs).toSorted()).toEqual(['file', 'in ner', 'other']);
          expect(readdirSync(other)).toEqual([]);
          expect(readFileSync(join(inner, 'own'), 'utf8')).toBe('mine\n');
        }
      });

      it.runIf(isRoot)('stays writable also where something else in there is mounted', async () => {
        const arrange = `mkdir -p -m 777 '${theirs}/inner/own' '${theirs}/inner/other'; mount -t tmpfs -o mode=777 tmpfs '${theirs}/inner'; mkdir -m 777 '${theirs}/inner/own'`;
        const script = 'touch "$theirs/inner/new" "$theirs/new" && exit 1; touch "$theirs/inner/own/new" && exit 7';
        const inside = serve({ as, inside: ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', `${arrange}; exec "$@"`, 'sh'] });
        const wish: Wish = { pids: 'auto', protect: [theirs], writable: [join(theirs, 'inner/own')] };
        const answer = await inside.ask({ wish, script: `export theirs='${theirs}'; ${script}`, cwd: own }).finally(() => inside.end());
        expect(answer).toMatchObject({ code: 7, pids: true, protects: true });
      });
    });

    it('a file that has a second name outside is written by that name, as docs/security.md says', async () => {
      linkSync(join(theirs, 'file'), join(own, 'linked'));
      expect(await tried(both(theirs), 'echo mine >>linked')).toMatchObject({ code: 0, protects: true });
      expect(readFileSync(join(theirs, 'file'), 'utf8')).toBe('theirs\nmine\n');
    });

    it.each(['auto', 'off'] as const)('how the command ends is told as without: PID namespace %s', async (pids) => {
      const wish: Wish = { pids, protect: [theirs], writable: [] };
      expect((await tried(wish, 'trap "echo told; exit 5" TERM; kill -TERM $$')).code).toBe(5);
      expect((await tried(wish, 'exec /nowhere/agent')).code).toBe(127);
      expect((await tried(wish, 'exec /etc/passwd')).code).toBe(126);
      // Without a PID namespace, no shell is in between that would turn the signal into a number.
      expect((await tried(wish, 'kill -KILL $$')).code).toBe(pids === 'auto' ? 137 : null);
    });

    it('the command has no capability that would change mounts, and may make namespaces of its own', async () => {
      const { output, code } = await tried(both(theirs), 'grep ^Cap /proc/self/status; unshare --user --map-root-user --mount true');
      expect(code).toBe(0);
      const held = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(output)?.[1]}`) | BigInt(`0x${/^CapBnd:\s*(\w+)$/m.exec(output)?.[1]}`);
      // CAP_SETPCAP, CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE
      for (const capability of [8n, 19n, 21n, 40n]) expect(held & (1n << capability)).toBe(0n);
    });

    it('folders that are missing are skipped, one in another is protected with it, and a link is where it leads', async () => {
      mkdirSync(join(theirs, 'inner'));
      chmodSync(join(theirs, 'inner'), 0o777);
      execFileSync('ln', ['-s', join(theirs, 'inner'), join(root, 'link')]);
      expect(await tried({ pids: 'auto', protect: [join(root, 'missing')], writable: [] }, 'echo mine >"$theirs/new"')).toMatchObject({
        code: 0,
        protects: true,
      });
      rmSync(join(theirs, 'new'));
      const all = [join(root, 'link'), join(root, 'missing'), theirs];
      expect(await tried({ pids: 'auto', protect: all, writable: [] }, 'echo mine >"$theirs/inner/new"')).toMatchObject({
        code: 2,
        protects: true,
      });
      expect(await tried({ pids: 'auto', protect: all.slice(0, 2), writable: [] }, 'echo mine >"$theirs/inner/new"')).toMatchObject({
        code: 2,
        protects: true,
      });
      expect(readdirSync(join(theirs, 'inner'))).toEqual([]);
    });

    it('git works in a repository that takes its objects from the protected one', async () => {
      const git = (...args: string[]): string =>
        execFileSync('git', ['-C', theirs, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8' });
      git('init', '--quiet', '--initial-branch', 'main');
      git('add', 'file');
      git('commit', '--quiet', '--message', 'theirs');
      execFileSync('chmod', ['-R', 'a+rwX', theirs]);
      const script = `set -e
        git config --global --add safe.directory '*'
        git config --global user.name a; git config --global user.email a@b
        git clone --quiet --shared "$theirs" clone; cd clone
        echo mine >mine; git add mine; git commit --quiet --message mine
        git repack -a -d -l --quiet; git gc --quiet --prune=now
        git -C "$theirs" log --oneline | wc -l
        git fetch --quiet origin; git checkout --quiet -b other; git stash list; git fsck; git log --format=%s
        ! git push --quiet origin other`;
      const { code, output } = await tried(both(theirs), script);
      expect(output).toContain('mine\ntheirs\n');
      expect(code).toBe(0);
      expect(git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main\n');
    });

    it.runIf(isRoot)('what is mounted around and in a folder keeps its options, and is read-only as well', async () => {
      const arrange = `mount -t tmpfs -o nosuid,nodev,noexec,mode=777 tmpfs '${theirs}'; mkdir -m 777 '${theirs}/a' '${theirs}/a/sub dir'
        mount -t tmpfs -o nosuid,nodev,mode=777 tmpfs '${theirs}/a/sub dir'`;
      const write =
        'for one in a "a/sub dir"; do touch "$theirs/$one/new" && exit 1; done; grep -c " ro,nosuid,nodev" /proc/self/mountinfo; exit 7';
      for (const folder of [theirs, join(theirs, 'a')]) {
        expect(await triedInside(both(folder), write, arrange)).toMatchObject({ code: 7, pids: true, protects: true });
      }
      untouched();
    });

    it.runIf(isRoot)('where a part of /proc is covered, as it is in containers, protection is had all the same', async () => {
      const answer = await triedInside(both(theirs), 'echo mine >"$theirs/new"', 'mount -t tmpfs -o ro tmpfs /proc/sys/kernel');
      // Root mounts /proc outside of the user namespace; other users cannot have a PID namespace then.
      expect(answer).toMatchObject({ code: 2, pids: as.length === 0, protects: true });
      untouched();
    });

    it.runIf(isRoot)('where there is no program for it, the place says that it does not protect', async () => {
      const answer = await triedInside(both(theirs), 'echo mine >"$theirs/new"', 'mount --bind /bin/false /usr/bin/mount');
      expect(answer).toMatchObject({ code: 0, pids: true, protects: false });
    });
  });

  it('the mounts: folders are bound onto themselves with the options around them, after what stays writable; what is mounted in them is changed in place', () => {
    const table = [
      '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
      '30 27 0:30 / /home rw,nosuid,nodev,relatime shared:1 - ext4 /dev/vdb rw',
      '31 30 0:31 / /home/a\\040b/c/cache rw,noexec,noatime - tmpfs tmpfs rw',
      '32 30 0:32 / /home/mount rw,nosuid - tmpfs tmpfs rw',
      '33 30 0:33 / /home/mount rw,nodev - tmpfs tmpfs rw',
      '34 30 0:34 / /home/mount/mine rw - tmpfs tmpfs rw',
      '',
    ].join('\n');
    // A folder that is mounted already is not mounted again, and a folder outside of the others needs no mount.
    const writable = ['/home/a b/c/own', '/home/mount/mine', '/opt'];
    expect(mountsFor({ protect: ['/home/a b/c', '/home/mount', '/srv'], writable, points: mountPoints(table) })).toEqual([
      { options: 'bind', folder: '/home/a b/c/own' },
      { options: 'remount,bind,ro,noexec', folder: '/home/a b/c/cache' },
      { options: 'remount,bind,ro,nodev', folder: '/home/mount' },
      { options: 'rbind,ro,nosuid,nodev', folder: '/home/a b/c' },
      { options: 'rbind,ro', folder: '/srv' },
    ]);
  });
});
