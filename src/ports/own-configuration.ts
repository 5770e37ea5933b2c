// An agent's own configuration, of a person or of a repository on the person's own machine: the source translated into its
// form, and what it reports about itself. Workers in other places have none of it.
import type { Lost, Piece, Source } from '../core/own/piece.ts';
import type { AgentConfig } from '../core/settings.ts';
import type { CommandSpec } from './command-spec.ts';

export interface OwnForms {
  /** Absolute; the folder that identifies a configuration. */
  readonly root: string;
  readonly pieces: readonly Piece[];
  readonly lost: readonly Lost[];
  /** Documents in which the agent accepts neither comments nor trailing commas. */
  readonly strict: readonly string[];
}

/** The names of the slash commands and MCP servers that it knows. */
export interface SelfReport {
  readonly commands: readonly string[];
  readonly servers: readonly string[];
}

export interface OwnConfiguration {
  /** `project`: the repository whose configuration it is; null: the person's. Effects: reads files. */
  forms(given: {
    readonly source: Source;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly project: string | null;
  }): Promise<OwnForms>;
  /** The command that makes the agent report what it knows, without a request to any model. Pure. */
  question(given: {
    readonly settings: AgentConfig;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly cwd: string;
  }): CommandSpec;
  /** Pure; null if it reported nothing. */
  answer(stdout: string): SelfReport | null;
}
