// Puts objects that git itself would not write into the repository of a site.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { siteBranch, type SiteStage } from './site-stage.ts';

type Entry = readonly [mode: string, name: string | Buffer, id: string];

export interface Forgery {
  /** Stores the bytes under this id, whether they match it or not. */
  write(id: string, bytes: Buffer): void;
  /** Points the branch of the site at this id. */
  tip(id: string): void;
  tree(...entries: readonly Entry[]): string;
  commit(of: string, parent?: string): string;
  blob(text?: string): string;
}

/** `stage` is called for each operation, because each test has a stage of its own. */
export function forgery(stage: () => SiteStage): Forgery {
  const object = (type: string, body: Buffer): string => {
    const bytes = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]);
    const id = createHash('sha1').update(bytes).digest('hex');
    write(id, bytes);
    return id;
  };
  const write = (id: string, bytes: Buffer): void => {
    const file = join(stage().path, `.git/objects/${id.slice(0, 2)}/${id.slice(2)}`);
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
    writeFileSync(file, deflateSync(bytes));
  };
  const tip = (id: string): void => writeFileSync(join(stage().path, `.git/refs/heads/${siteBranch}`), `${id}\n`);
  const tree = (...entries: readonly Entry[]): string =>
    object(
      'tree',
      Buffer.concat(
        entries.map(([mode, name, id]) =>
          Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, 'hex')]),
        ),
      ),
    );
  const commit = (of: string, parent = stage().fx.git(stage().path, 'rev-parse', 'HEAD')): string =>
    object(
      'commit',
      Buffer.from(`tree ${of}\nparent ${parent}\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\n\nx\n`),
    );
  const blob = (text = 'x'): string => object('blob', Buffer.from(text));
  return { write, tip, tree, commit, blob };
}
