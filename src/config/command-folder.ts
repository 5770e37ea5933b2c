// Reads all commands of a folder, by name. A file that cannot be read does not prevent the others.
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { SlashCommand } from '../core/own/slash-command.ts';
import { readCommand } from './command-file.ts';
import { markdownIn } from './markdown-in.ts';

export interface CommandFolder {
  readonly commands: readonly SlashCommand[];
  /** Of code `config`, one for each file that is no valid command. */
  readonly faults: readonly Fault[];
}

/** Reads the folder's `*.md`; a missing folder has none. */
export async function readCommands(folder: string): Promise<CommandFolder> {
  const commands: SlashCommand[] = [];
  const faults: Fault[] = [];
  for (const name of await markdownIn({ folder, of: 'commands' })) {
    try {
      const command = await readCommand(join(folder, `${name}.md`));
      if (command !== null) commands.push(command);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      faults.push(fault);
    }
  }
  return { commands, faults };
}
