// The schema of a configuration file: every key is optional, unknown keys are refused. It describes the values of one file;
// load.ts merges the files and adds the defaults.
import { z } from 'zod';
import { mergeMethods } from '../core/delivery/pull-facts.ts';
import { defaults } from './defaults.ts';

// A timer of more than 2^31 ms (24 days) fires at once, so a check with a limit "for ever" would have no time at all.
const minutes = z.number().positive().max(30_000);
const seconds = z.number().max(1_800_000);
const whole = z.int().nonnegative();
const dollars = z.number().positive().max(1e6);
/** A share above 1 is allowed: the threshold is then passed only after the limit itself. */
const share = z.number().positive().max(2);
const word = z.string().min(1);
const variable = z.string().regex(/^\w+$/, 'expected the name of an environment variable');
const model = z.string().regex(/^[^/\s]+\/\S+$/, 'expected provider/model, such as anthropic/claude-opus-5-5');

/** The rules of git-check-ref-format(1). A full reference such as refs/heads/main is refused. */
const branch = z
  .string()
  .regex(
    /^(?![-/.]|refs\/|(?:@|HEAD)$)(?!.*(?:\.\.|\/\.|\/\/|@\{|\.lock(?:\/|$)))[^\s~^:?*[\\\p{Cc}]+(?<![/.])$/u,
    'expected the name of a branch, such as main',
  );

export const agentNames = Object.keys(defaults.agents);

/** All existing places, as long as every place is used by default. */
const placeNames = defaults.places.use;

const account = z.strictObject({
  provider: word,
  billing: z.enum(['subscription', 'token']).optional(),
  // A wrong value may be the secret itself, so the message does not repeat it.
  secret: z
    .string()
    .regex(
      /^(?:env:\w+|file:\S.*|command:\S.*|agent:\w+)$/,
      'expected env:NAME, file:PATH, command:LINE or agent:NAME, never the secret itself',
    ),
  agents: z.array(z.enum(agentNames)).optional(),
});

const login = z.string().regex(/^[\w][\w./-]*$/, 'expected the name of an account or a team');

const repository = z
  .string()
  .regex(/^[\w.-]+(?::\d+)?\/[\w.-]+\/[\w.-]+$/, 'expected a repository with its host, such as github.com/acme/app');

const forge = z.strictObject({
  token: z
    .string()
    .regex(/^(?:env:\w+|file:\S.*|command:\S.*)$/, 'expected env:NAME, file:PATH or command:LINE, never the token itself')
    .nullable()
    .optional(),
  hosts: z.array(z.string().regex(/^[\w.-]+(?::\d+)?$/, 'expected the name of a host, such as git.example.com')).optional(),
  pointsPerHour: z.int().positive().max(15_000).optional(),
  roundSeconds: seconds.positive().optional(),
  trust: z.array(z.string().regex(/^[A-Z_]+$/, 'expected a role in capital letters, such as MEMBER')).optional(),
  bots: z.array(login).optional(),
});

/** Settings of an unknown forge would never be read. */
const forges = Object.fromEntries(Object.keys(defaults.forge).map((name) => [name, forge.optional()]));

const agent = z.strictObject({
  path: word.optional(),
  env: z.record(variable, z.string()).optional(),
  args: z.array(z.string()).optional(),
  config: z.record(z.string(), z.unknown()).optional(),
});

/** Settings of an unknown agent would never be read, so an unknown name must be a misspelling. */
const agents = Object.fromEntries(agentNames.map((name) => [name, agent.optional()]));

export const fileSchema = z.strictObject({
  supervisor: z
    .strictObject({
      concurrency: z.union([z.literal('auto'), z.int().positive()]).optional(),
      pollMs: z.int().min(50).max(3_600_000).optional(),
    })
    .optional(),
  agents: z.strictObject(agents).optional(),
  models: z
    .strictObject({
      default: word.optional(),
      tiers: z.record(z.string(), model).optional(),
      tags: z.record(z.string(), word).optional(),
      fallback: model.nullable().optional(),
      cheaper: z.record(z.string(), word).optional(),
      chain: z.record(z.string(), z.array(word)).optional(),
    })
    .optional(),
  accounts: z.record(z.string().regex(/^[\w][\w.@-]*$/, 'expected a name of letters, digits and . @ _ -'), account).optional(),
  routing: z
    .strictObject({
      preferSubscription: z.boolean().optional(),
      proofSeconds: seconds.positive().optional(),
      probeTier: word.optional(),
      cooldownSeconds: seconds.positive().optional(),
    })
    .optional(),
  budget: z
    .strictObject({
      dailyUsd: dollars.nullable().optional(),
      perBatchUsd: dollars.nullable().optional(),
      perTaskUsd: dollars.nullable().optional(),
      perTaskTokens: z.int().positive().nullable().optional(),
      perAccountUsd: z.record(z.string(), dollars).optional(),
      degradeAt: share.optional(),
      stopAt: share.optional(),
    })
    .optional(),
  places: z.strictObject({ use: z.array(z.enum(placeNames)).min(1).optional() }).optional(),
  limits: z
    .strictObject({
      perRepository: whole.optional(),
      perModel: z.record(z.string(), whole).optional(),
      perAccount: z.record(z.string(), whole).optional(),
    })
    .optional(),
  worker: z
    .strictObject({
      stallMinutes: minutes.optional(),
      wallMinutes: minutes.optional(),
      graceSeconds: seconds.nonnegative().optional(),
      maxRetries: whole.optional(),
      maxBudgetUsd: dollars.nullable().optional(),
      maxSteps: z.int().positive().optional(),
      maxOutputMb: z.int().positive().optional(),
      pidNamespace: z.enum(['auto', 'off']).optional(),
      protect: z.enum(['auto', 'off']).optional(),
      backoffSeconds: seconds.positive().optional(),
    })
    .optional(),
  delivery: z
    .strictObject({
      branchPrefix: z
        .string()
        .regex(/^(?:[\w.-]+\/)*[\w.-]*$/, 'expected a branch prefix such as yard/')
        .optional(),
      remote: z
        .string()
        .regex(/^[\w][\w./-]*$/, 'expected the name of a remote, such as origin')
        .optional(),
      base: branch.nullable().optional(),
      commitLeftovers: z.boolean().optional(),
      sign: z.enum(['auto', 'off']).optional(),
      setup: word.nullable().optional(),
      env: z.array(variable).optional(),
      checks: z.array(word).optional(),
      checkEnv: z.array(variable).optional(),
      commandMinutes: minutes.optional(),
      verify: z.array(word).optional(),
      pullRequest: z
        .strictObject({
          open: z.enum(['ask', 'always', 'never']).optional(),
          repositories: z.record(repository, z.enum(['always', 'never'])).optional(),
          draft: z.boolean().optional(),
          labels: z.array(word).optional(),
          reviewers: z.array(login).optional(),
          assignees: z.array(login).optional(),
        })
        .optional(),
      merge: z
        .strictObject({
          when: z.enum(['never', 'approved', 'green']).optional(),
          method: z.enum(mergeMethods).optional(),
          deleteBranch: z.boolean().optional(),
        })
        .optional(),
      update: z.enum(['rebase', 'merge']).optional(),
      stack: z.boolean().optional(),
      fix: z.strictObject({ checks: whole.optional(), reviews: whole.optional(), conflicts: whole.optional() }).optional(),
    })
    .optional(),
  forge: z.strictObject(forges).optional(),
  sources: z
    .strictObject({
      issues: z
        .strictObject({
          sync: z.enum(['off', 'pull', 'push', 'both']).optional(),
          label: z
            .string()
            .regex(/^(?!\s)[^,\p{Cc}]{1,50}(?<!\s)$/u, 'expected the name of a label: at most 50 characters, without a comma')
            .optional(),
          create: z.enum(['never', 'marked', 'all']).optional(),
        })
        .optional(),
    })
    .optional(),
  sites: z.strictObject({ keepDays: z.number().positive().max(365).optional() }).optional(),
  todo: z
    .strictObject({
      ids: z
        .string()
        .regex(
          /^[A-Za-z](?:[\w-]{0,18}[A-Za-z_-])?$/,
          'expected the prefix of ids: a letter, then letters, digits, - and _, without a digit at the end, such as AUTH-',
        )
        .optional(),
    })
    .optional(),
  notify: z
    .strictObject({
      command: word.nullable().optional(),
      webhook: z
        .union(
          [z.url({ protocol: /^https?$/ }), z.string().regex(/^env:\w+$/)],
          'expected an https address, or env:NAME of a variable that holds one',
        )
        .nullable()
        .optional(),
      bell: z.boolean().optional(),
    })
    .optional(),
  tools: z
    .strictObject({
      mcp: z.array(word).optional(),
      role: word.nullable().optional(),
      startSeconds: seconds.positive().optional(),
      isolation: z.enum(['servers', 'full']).optional(),
    })
    .optional(),
});
