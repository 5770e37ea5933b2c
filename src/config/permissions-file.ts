// Reads `permissions.yaml` as rules. Faults: `config`, with file, line and the expected form.
import { z } from 'zod';
import { parseRule, type Decision, type Permissions, type Rule } from '../core/own/permissions.ts';
import { wrongConfig } from './layer.ts';
import { readText } from './read-text.ts';
import { readYaml } from './read-yaml.ts';
import { wrongShape } from './wrong-shape.ts';

/** In KiB; enough for about a thousand rules. */
const largest = 64;

const rules = z.array(z.string()).optional();
const schema = z.strictObject({ allow: rules, ask: rules, deny: rules });

/** Null if there is no file. */
export async function readPermissions(file: string): Promise<Permissions | null> {
  const text = await readText({ file, largest });
  return text === null ? null : parsePermissions({ file, text });
}

export function parsePermissions(given: { readonly file: string; readonly text: string }): Permissions {
  const { file } = given;
  const { values, lineOf } = readYaml(given);
  const parsed = schema.safeParse(values);
  if (!parsed.success) throw wrongShape({ file, issues: parsed.error.issues, lineOf });
  const read = (decision: Decision): readonly Rule[] =>
    (parsed.data[decision] ?? []).map((text, index) => {
      const rule = parseRule(text);
      if (rule.ok) return rule.rule;
      throw wrongConfig({ file, line: lineOf([decision, index]), what: `${decision}: ${rule.what}` });
    });
  return { allow: read('allow'), ask: read('ask'), deny: read('deny') };
}
