// An agent's own configuration, of a person or of a repository on the person's own machine: what the source is in its
// form, and what it says of itself when it is asked. Workers in other places have none of it.
import type { Lost, Piece, Source } from '../core/own/piece.ts';
import type { AgentConfig } from '../core/settings.ts';
import type { CommandSpec } from './command-spec.ts';

export interface OwnForms {
  /** Absolute; the folder by which a configuration is told from others. */
  readonly root: string;
  readonly pieces: readonly Piece[];
  readonly lost: readonly Lost[];
  /** Documents in which the agent reads neither comments nor trailing commas. */
  readonly strict: readonly string[];
}

/** Names of slash commands and MCP servers that it knows. */
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
  /** Makes the agent tell what it knows, without a request to any model. Pure. */
  question(given: {
    readonly settings: AgentConfig;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly cwd: string;
  }): CommandSpec;
  /** Pure; null where it told nothing. */
  answer(stdout: string): SelfReport | null;
}
