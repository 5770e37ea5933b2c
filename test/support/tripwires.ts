// Traps for settings that must never be obeyed: programs that record that they were run, pipes that record that they were
// read, and a port that records connections. Each has a name, so that a failure shows which setting was followed.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

export interface Probes {
  /** A program of this name. The same name returns the same program. */
  program(name: string): string;
  /** A pipe of this name, for settings that name a file to read. */
  readFile(name: string): string;
  /** A path without a file, for settings that name a file to write. */
  writtenFile(name: string): string;
  /** An address on loopback. */
  address(name: string): string;
  /** A program in the place of a hook; `file` is the path where git expects it. */
  hook(file: string): void;
  /** Records readers of the pipes from now on. Must be called once, after all pipes are made. */
  watchFiles(): void;
  /** Names of everything that was run, read, written or contacted, sorted. */
  sprung(): readonly string[];
  /** The environments of the programs that were run. */
  environments(): string;
  dispose(): Promise<void>;
}

/** `folder` is made, and belongs to the caller. */
export async function layProbes(folder: string): Promise<Probes> {
  const at = (name: string): string => join(folder, name);
  for (const name of ['programs', 'pipes', 'written']) mkdirSync(at(name), { recursive: true });
  const script = `#!/bin/sh\nprintf '%s\\n' "$0" >> '${at('ran')}'\nenv >> '${at('environments')}'\nexit 0\n`;
  writeFileSync(at('probe'), script, { mode: 0o755 });
  const contacts: string[] = [];
  const server = createServer((request, response) => {
    contacts.push(request.url ?? '');
    response.writeHead(404).end();
  });
  // Requests to tunnel through it as a proxy.
  server.on('connect', (request, socket) => {
    contacts.push(`connect ${request.url ?? ''}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [pipes, files] = [new Set<string>(), new Set<string>()];
  let watcher: ReturnType<typeof spawn> | null = null;

  return {
    program: (name) => {
      const path = join(at('programs'), encodeURIComponent(name));
      if (!existsSync(path)) symlinkSync(at('probe'), path);
      return path;
    },
    readFile: (name) => {
      const path = join(at('pipes'), encodeURIComponent(name));
      if (!pipes.has(path)) execFileSync('mkfifo', [path]);
      pipes.add(path);
      return path;
    },
    writtenFile: (name) => {
      const path = join(at('written'), encodeURIComponent(name));
      files.add(path);
      return path;
    },
    address: (name) => `http://127.0.0.1:${port}/${encodeURIComponent(name)}`,
    hook: (file) => copyFileSync(at('probe'), file),
    watchFiles: () => {
      // For each pipe a shell waits in open(2) until somebody opens the pipe for reading; the reader then is at its end.
      const wait = 'for pipe in "$@"; do while [ -p "$pipe" ]; do : > "$pipe"; printf "read %s\\n" "$pipe" >> "$0"; done & done; wait';
      watcher = spawn('/bin/sh', ['-c', wait, at('ran'), ...pipes], { stdio: 'ignore', detached: true });
    },
    sprung: () => {
      const ran = existsSync(at('ran')) ? readFileSync(at('ran'), 'utf8').trimEnd().split('\n') : [];
      const names = ran.map((line) =>
        line.includes('/programs/') || line.includes('/pipes/') ? decodeURIComponent(basename(line)) : line,
      );
      const written = [...files].filter((file) => existsSync(file)).map((file) => decodeURIComponent(basename(file)));
      return [...new Set([...names, ...written, ...contacts.map((url) => `contact ${decodeURIComponent(url)}`)])].toSorted();
    },
    environments: () => (existsSync(at('environments')) ? readFileSync(at('environments'), 'utf8') : ''),
    dispose: async () => {
      if (watcher?.pid !== undefined && watcher.exitCode === null) {
        const ended = once(watcher, 'exit');
        process.kill(-watcher.pid, 'SIGKILL');
        await ended;
      }
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
