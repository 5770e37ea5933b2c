// All commands of a folder, by name. A file that cannot be read hides no other.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { SlashCommand } from '../core/slash-command.ts';
import { readCommand } from './command-file.ts';

export interface CommandFolder {
  readonly commands: readonly SlashCommand[];
  /** Of code `config`, one per file that is no command. */
  readonly faults: readonly Fault[];
}

/** Its `*.md`; a folder that is not there has none. */
export async function readCommands(folder: string): Promise<CommandFolder> {
  const commands: SlashCommand[] = [];
  const faults: Fault[] = [];
  for (const name of (await namesIn(folder)).filter((entry) => entry.endsWith('.md')).toSorted()) {
    try {
      const command = await readCommand(join(folder, name));
      if (command !== null) commands.push(command);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      faults.push(fault);
    }
  }
  return { commands, faults };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new Fault({
      code: 'config',
      message: `${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'expected a folder of commands, NAME.md each',
      cause,
    });
  }
}
