// The contract of places on sites: how a worker sees its task, and which of its files can be read.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LaidFile } from './command-spec.ts';
import type { Place } from './place.ts';
import type { SiteRequest } from './place-site.ts';
import { never, type PlaceCrew, type PlaceStage } from './place.samples.ts';

export function placeSites(crew: PlaceCrew): void {
  const { isolate, newMarker, newFolder } = crew;
  let stage: PlaceStage;
  let place: Place;
  beforeEach(() => void ({ stage, place } = crew.now()));

  describe('a site', () => {
    const request = (): SiteRequest => ({
      checkout: stage.folder('tree'),
      taskFolder: stage.folder('task'),
      privateFolder: stage.folder('private'),
      env: { ...stage.env, OTHERS: 'kept' },
    });
    const laid = async (files: readonly LaidFile[]): Promise<void> => {
      const spec = { ...stage.spec([]), files };
      const one = await place.launch({
        ...{ spec, isolate, protect: stage.protect, writable: [], folder: newFolder(), marker: newMarker() },
        record: async () => {},
      });
      await place.ended(one, never);
    };

    it('is made of the folders as its worker sees them, and is the same for whoever asks again', async () => {
      const { checkout, taskFolder, privateFolder, env, uid } = await place.site(request());
      expect(new Set([checkout, taskFolder, privateFolder].filter((path) => path.startsWith('/'))).size).toBe(3);
      expect([typeof uid, env['OTHERS'], (env['PATH'] ?? '').length > 0]).toEqual(['number', 'kept', true]);
      expect(await stage.make().site(request())).toMatchObject({ checkout, taskFolder, privateFolder, env, uid });
    });

    it('has the files that were laid in it, for reading and for opening, until they are cleared away', async () => {
      const { privateFolder, taskFolder, ...site } = await place.site(request());
      const [secret, lasting] = [join(privateFolder, 'deep', 'secret.json'), join(taskFolder, 'lasting')];
      const opened = (path: string): Promise<string | null> => site.open(path, (here) => readFileSync(here, 'utf8'));
      expect([await site.text(secret), await opened(secret)]).toEqual([null, null]);
      await laid([
        { path: secret, content: '{"mine":{"key":"é"},"others":{}}' },
        { path: lasting, content: 'for long' },
      ]);
      expect([await site.text(secret), await opened(lasting)]).toEqual(['{"mine":{"key":"é"},"others":{}}', 'for long']);
      expect([await site.text(privateFolder), await opened(taskFolder)]).toEqual([null, null]);
      await laid(['mine', 'nobody', 'constructor'].map((entry) => ({ path: join(taskFolder, entry), content: { copyOf: secret, entry } })));
      const copies = ['mine', 'nobody', 'constructor'].map((entry) => site.text(join(taskFolder, entry)));
      expect(await Promise.all(copies)).toEqual(['{"mine":{"key":"é"}}', '{}', '{}']);
      for (let times = 0; times < 2; times += 1) await place.clear(request().privateFolder);
      expect([await site.text(secret), await site.text(lasting)]).toEqual([null, 'for long']);
    });

    it('finds a program as a worker would, and so does its place', async () => {
      const { program } = stage;
      const { env } = request();
      const site = await place.site(request());
      const path = await site.find(program);
      expect(path).toMatch(new RegExp(`^/.*/${program.path}$`));
      expect(await place.find({ program, env })).toBe(path);
      expect(await site.find({ path: path ?? '', env: {} })).toBe(path);
      for (const missing of [
        { path: `no-${program.path}`, env: {} },
        { path: program.path, env: { PATH: '/nowhere' } },
        { path: '/nowhere', env: {} },
      ])
        expect([await site.find(missing), await place.find({ program: missing, env })]).toEqual([null, null]);
    });
  });
}
