// What a configuration file may say: every key optional, unknown keys refused. The values are those of one file;
// merging and defaults are `load`'s.
import { z } from 'zod';

const positive = z.number().positive();
const whole = z.int().nonnegative();
const word = z.string().min(1);
const model = z.string().regex(/^[^/\s]+\/\S+$/, 'expected provider/model, such as anthropic/claude-opus-5-5');

const agent = z.strictObject({
  path: word.optional(),
  env: z.record(z.string().regex(/^\w+$/, 'expected the name of an environment variable'), z.string()).optional(),
  args: z.array(z.string()).optional(),
  config: z.record(z.string(), z.unknown()).optional(),
});

export const fileSchema = z.strictObject({
  supervisor: z
    .strictObject({ concurrency: z.union([z.literal('auto'), z.int().positive()]).optional(), pollMs: z.int().min(50).optional() })
    .optional(),
  agents: z.record(z.string(), agent).optional(),
  models: z
    .strictObject({ default: word.optional(), tiers: z.record(z.string(), model).optional(), fallback: model.nullable().optional() })
    .optional(),
  limits: z
    .strictObject({
      perRepository: whole.optional(),
      perModel: z.record(z.string(), whole).optional(),
      perAccount: z.record(z.string(), whole).optional(),
    })
    .optional(),
  worker: z
    .strictObject({
      stallMinutes: positive.optional(),
      wallMinutes: positive.optional(),
      graceSeconds: z.number().nonnegative().optional(),
      maxRetries: whole.optional(),
      maxBudgetUsd: positive.nullable().optional(),
      maxSteps: z.int().positive().optional(),
      backoffSeconds: positive.optional(),
      pidNamespace: z.enum(['auto', 'off']).optional(),
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
      commitLeftovers: z.boolean().optional(),
      setup: word.nullable().optional(),
      checks: z.array(word).optional(),
      commandMinutes: positive.optional(),
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
  tools: z.strictObject({ mcp: z.array(word).optional() }).optional(),
});
