// Compares an adapter's commands with their last reviewed form: one file for each in the folder `golden` of the adapter.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'vitest';
import { expectGolden } from '../../test/support/golden.ts';
import type { CommandSpec } from './command-spec.ts';

/** `folder`: the folder of the adapter. */
export function testGolden(given: { readonly folder: string; readonly commands: Readonly<Record<string, CommandSpec>> }): void {
  test.each(Object.entries(given.commands))('%s is as it was reviewed', (name, value) => {
    expectGolden({ file: pathToFileURL(join(given.folder, 'golden', `${name}.json`)), value });
  });
}
